# Words, quotes, variables, patterns of file names.
echo hello "a  b" 'c $d' e\ f "" ''
x=5; y="$x  $x"; echo $y "$y" '$y' ${x}6 "${x}7" \$x "\$x" "a\q"
empty=; echo [$empty] ["$empty"] [$unset]
echo a"b"'c'd "quote ' in" 'quote " in'
echo one\
two; echo three # a comment
echo not#one
echo *
echo one >one.txt; echo two >two.txt; echo three >three.c; mkdir folder; echo four >folder/four.txt; echo >.hidden
mkdir 'x['; echo >'x[/]'; echo *[/] *[; rm -r 'x['
echo *.txt "*.txt" \*.txt ?wo.* [a-o]*.txt [!o]*.txt *.none */*.txt ./*.c
pattern='*.txt'; echo $pattern "$pattern"
words='one  two	three'; for word in $words "$words"; do echo "[$word]"; done
set_nothing=1 sh -c 'echo $set_nothing'
export kept=yes; sh -c 'echo $kept $0 $# $1 "$2" $3' name one "two three"
sh -c 'for one in "$@"; do echo "[$one]"; done; shift; echo "$*" $#' name a "b c" d
sh -c 'for one; do echo "[$one]"; done; echo "$@" none' name
echo $? $#
