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
# Loops that are left from their conditions, and from further out than there is.
while break; do :; done; echo after $?
until break; do :; done; echo after $?
for i in 1 2; do while break; do :; done; echo $i; done
for i in 1 2; do until break 2; do :; done; echo no; done; echo $i
break; echo outside; continue; echo outside
for i in 1 2; do break 5; done; echo after $i
for i in 1 2; do for j in a b; do continue 5; done; echo no; done; echo after $i
while true; do if break; then echo no; fi; done
while true; do if ! break; then echo no; else echo no; fi; done
for i in 1 2; do if continue; then echo no; fi; echo no; done
for i in 1 2; do { break && echo no; }; echo no; done; for i in 1 2; do (break; echo no); echo $i; done
for i in 1 2; do while true; do break; done; echo $i; continue; echo no; done
# Descriptors that are none.
same=/proc/$$/exe
for word in file 2x 10 '' 1- ' '; do $same -c "echo no >&'$word'" || echo refused; $same -c "echo no <&'$word'" || echo refused; done
for word in file 2x 10; do $same -c "echo no 2>&$word" || echo refused; done
# What can't be written.
pwd >/dev/full; echo $?; pwd >&-; echo $?
# A NUL is nothing.
echo kept >nul; echo 'ec␀ho "a␀b" ␀nul␀' >with; $same with; cat nul
# What is no number.
for one in exit shift 'break' 'continue'; do $same -c "for i in 1; do if $one abc; then exit 0; fi; done; exit 2"; echo $?; done; $same -c 'exit -1'; echo $?
$same -c 'if break 0; then exit 0; fi; exit 2'; echo $?; kill -9999999; echo $?
# Variables for one command, and the folders of programs.
mkdir home; HOME=$PWD/home; HOME=/ pwd >/dev/null; (unset_before=1 cd home; echo [$unset_before]); (HOME=/ cd; pwd; HOME=x; pwd=1 pwd; echo $HOME $pwd)
x=1 y=$x :; echo [$x$y]; x=2; y=3 x=$y pwd >/dev/null; echo $x $y
ln -s $same local_shell
for folders in /nothing: :/nothing /nothing::/nothing '' /nothing; do (PATH=$folders; local_shell -c 'exit 5'); echo $?; done
