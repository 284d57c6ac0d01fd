# The programs that read texts.
for word in pear apple fig apple 10 9 Fig; do echo $word; done >words
sort words; sort -r words; sort -u words; sort -n words; sort words words | wc
wc words; wc -l words words; wc -c <words; wc missing; echo $?; echo -n | wc
head -n 2 words; tail -n 2 words; head words | tail -n 1; tail -n 100 words | head -n 1; head missing; echo $?
grep apple words; grep -v apple words; grep -c apple words; grep -n fig words words; grep none words; echo $?
grep -q apple words; echo $?; grep apple missing; echo $?; grep; echo $?
cat words - words <words | wc -l; cat missing words | head -n 1
hexdump words; echo -n 0123456789abcdef | hexdump; echo -n | hexdump
echo -n no end of line >last; cat last last; echo; tail -n 1 last; echo; wc last
grep end last; sort last words | tail -n 1
true; echo $?; false; echo $?; echo -n; echo; echo -n a b; echo
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; done | tail | head -n 3
sleep; echo $?; sleep x; echo $?
