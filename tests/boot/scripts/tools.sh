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
mkdir a a/b a/b/c a/d to; mv a/b/ to; ls to; mv to/b/c/// to; ls to to/b; ln -s a/d/ to; ls to
# Never the root itself here: what is tested may be wrong, and this runs on the host, too.
rm -r folder/..; echo $?; ls five; rm -r folder/. folder/../ folder//.//; echo $?; rm -rf folder/..; echo $?; ls folder
p=d/d/d/d/d; (for i in 1 2 3 4 5 6; do for j in 1 2 3 4 5 6 7 8 9 10; do mkdir d d/d d/d/d d/d/d/d $p; cd $p; done; done; echo >deepest)
rm -r d; echo $?; ls
echo text >-x; cat -- -x; ls -- -x; wc -l -- -x; sort -- -x; head -n 1 -- -x; tail -n 1 -- -x; echo a-x | grep -- -x
cp -- -x -y; mv -- -y -z; ln -- -z -w; mkdir -- -d; rmdir -- -d; ls; rm -- -x -z -w; ls; sleep -- 0; echo $?
sleep 10 & kill -- $!; wait $!; echo $?
