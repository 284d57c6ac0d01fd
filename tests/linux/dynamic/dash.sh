cat > script <<'X'
trap 'echo the end' EXIT
trap 'echo a signal' USR1
kill -USR1 $$
text=$(cat <<Y
here: $((6 * 7))
Y
)
echo "$text" | tr a-z A-Z
for i in 1 2 3; do (exit $i); echo $?; done
case word in w*) echo a word;; esac
sleep 10 & kill $!; wait $!; echo $?
printf '%s\n' *
exec 3> file; echo to it >&3; exec 3>&-; cat file
f() { local x=1; echo "$x $# $*"; return 5; }; f a b; echo $?
X
dash script; echo $?
dash -c 'echo "$0 $1"' zero one
dash -n script; echo $?
