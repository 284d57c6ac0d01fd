# What POSIX says of the programs: a distribution's print the same.
for number in 2000000000 -2000000000 5 -5; do echo $number; done | sort -n
for number in 01 1 2 1 02; do echo $number; done >numbers; sort -nu numbers; sort -nur numbers; sort -u numbers
for i in 1 2 3 4 5; do echo line $i; done >five
tail -n 2 five; tail -n -2 five; tail -n -1 five; tail -n2 five; tail -n 0 five; tail -n +4 five; tail -n +0 five; tail -n +9 five
tail -n 1 /proc/self/cmdline | wc -c; tail -n +1 /proc/self/cmdline | wc -c
tail -n x five || echo failed; tail -n 2x five || echo failed; tail -n '' five || echo failed; tail -n || echo failed
head -n 2 five; head -n2 five; head -n x five || echo failed; head -n '' five || echo failed; head -n || echo failed
grep -q 3 missing five; echo $?; grep -q none missing five; echo $?; grep 3 missing five; echo $?
mkdir folder; echo >folder/inside; ln -s folder link; ls link; ls link/; ls -l link | grep -c -- '-> folder'; ls -l link/ | grep -c inside
ls -l /proc/self/fd 2>&1 >/dev/null; echo $?
mkdir a a/b a/b/c a/d to; mv a/b/ to; ls to; mv to/b/c/// to; ls to to/b; ln -s a/d/ to; ls to
# Never the root itself here: what is tested may be wrong, and this runs on the host, too.
rm -r folder/..; echo $?; ls five; rm -r folder/. folder/../ folder//.//; echo $?; rm -rf folder/..; echo $?; ls folder
p=d/d/d/d/d; (for i in 1 2 3 4 5 6; do for j in 1 2 3 4 5 6 7 8 9 10; do mkdir d d/d d/d/d d/d/d/d $p; cd $p; done; done; echo >deepest)
rm -r d; echo $?; ls
echo text >-x; cat -- -x; ls -- -x; wc -l -- -x; sort -- -x; head -n 1 -- -x; tail -n 1 -- -x; echo a-x | grep -- -x
cp -- -x -y; mv -- -y -z; ln -- -z -w; mkdir -- -d; rmdir -- -d; ls; rm -- -x -z -w; ls; sleep -- 0; echo $?
sleep 10 & kill -- $!; wait $!; echo $?
# What is not written is told, and by the status, too.
for tool in ls 'ls -l' 'cat five' 'echo x' uname 'uname -a' 'wc five five' 'grep 3 five' 'grep -c 3 five' 'grep -n 3 five five'; do $tool >/dev/full; echo $?; done
sort five >/dev/full; echo $?; for tool in clear dmesg free ps uptime 'hexdump five'; do $tool >/dev/full 2>/dev/null && echo $tool: written; done
for number in 4294967296 4294967297 -4294967297 -4294967296 99999999999999999999 100000000000000000000 .5 0.25 -.25 -0.5 1.50 1.5 1. 1.05 007 7 '' abc -abc -0 -0.0 +3 ' 12' '- 4' .  1.5.5 2147483648 2147483647; do echo "$number"; done >numbers
sort -n numbers; sort -nr numbers; sort -nu numbers; sort -nur numbers
# Lines with a NUL in them.
(cat /proc/self/cmdline; echo; cat /proc/self/cmdline /dev/null; echo) >zeros
sort zeros | wc -c; sort -u zeros | wc -c; grep -c cmdline zeros; grep -c null zeros
head -n 1 five numbers; head -n 2 missing - five <numbers; tail -n 1 five - <numbers; tail -n +5 missing five five; tail -n 1 -- five
while echo y; do :; done | grep -q y; echo $?; grep -cq 3 five; echo $?; grep -qv 3 missing five; echo $?
mkdir || echo failed; rmdir || echo failed; rm || echo failed; rm -r || echo failed; rm -f; echo $?; rm -rf; echo $?
sort five missing; echo $?; ls missing; echo $?; grep 3 missing; echo $?
ls five a; ls missing a to; ls missing five a; rm five/missing; echo $?; rm -f five/missing; echo $?
# What is wrong has its name in the message.
for command in 'ln no-such x' 'ln five no-such/x' 'ln -s x five/no-such' 'mv no-such x' 'mv five no-such/x' 'cp no-such x' 'cp five no-such/x'; do
    $command 2>&1 | grep -c no-such
done
ln -s x five 2>&1 | grep -c five; ln to x 2>&1 | grep -c to; cp /proc/self/mem x 2>&1 | grep -c mem
s=//////////; s=$s$s$s$s$s$s$s$s$s$s; s=$s$s$s$s$s$s$s$s$s$s; mkdir far; cp five five-times-the-same-line
cp five-times-the-same-line far$s$s$s$s////////////////////////////////////////////////////////////////////////////// 2>/dev/null; ls far | grep -vc same-line
