# Redirections, pipes, lists and conditions.
echo one >file; echo two >>file; cat <file; cat file | wc -l
cat missing 2>errors; echo $?; cat errors
cat file missing 2>&1 | sort
cat file missing >both 2>&1; cat both
{ echo a; echo b; } >group; cat group
(cd /; echo inside; exit 3); echo $?
echo x >file 2>&1 | cat; cat file
true && echo and || echo or; false && echo and || echo or
! true; echo $?; ! false; echo $?
if true; then echo then; fi; if false; then echo no; else echo else; fi
if false; then echo no; elif true; then echo elif; else echo no; fi
if false; then echo no; fi; echo $?
for i in 1 2 3; do for j in a b c; do if echo $j | grep -q b; then continue 2; fi; echo $i$j; done; done
for i in 1 2 3; do echo $i; break; done
while true; do echo once; break; done
until true; do echo never; done
while ! cat stop 2>/dev/null; do echo again >stop; done
for i in 3 1 2; do echo $i; done | sort | head -n 2
if echo yes; then echo also; fi | cat >out; cat out
sleep 0 & wait; echo waited; (exit 5) & wait $!; echo $?
missing_program 2>/dev/null; echo $?
./file 2>/dev/null; echo $?
/ 2>/dev/null; echo $?
echo 'echo script $1; exit 6' >script; chmod_is_not_there 2>/dev/null; sh script with; echo $?
sh missing 2>/dev/null; echo $?
sh -c 'if' 2>/dev/null; echo $?
sh -c 'echo before; exit 9; echo after'; echo $?
echo a | (cat; echo b) | { cat; echo c; } | wc -l
echo out; echo err >&2; echo 3 3>three >&3; cat three
echo closed >&-; echo $?
{ echo group; } 3>opened; echo 2>/dev/null >&3 || echo not 3 after a group
pwd >/dev/null 3>opened; echo 2>/dev/null >&3 || echo nor after a command of its own
{ echo kept >&3; } 3>opened; cat opened
pwd >/dev/null; cd folder 2>/dev/null || echo not there
mkdir folder; cd folder; echo * ; cd ..; rmdir folder; echo $?
