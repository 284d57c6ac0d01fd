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
# The same shell again, with arguments.
same=/proc/$$/exe
$same -c 'for one in "$@"; do echo "[$one]"; done; for one; do echo "<$one>"; done; for one in $@; do echo "($one)"; done' name a "" b ""
$same -c 'for one in "$@" x"$@"y; do echo "[$one]"; done' name "" ""
$same -c 'for one in "$@"; do echo "[$one]"; done; for one; do echo no; done; echo none' name
$same -c 'echo $0 $1 $2 $#' name one two; $same -c 'echo $#'
$same -c 'echo a\'; $same -c 'echo "a b" c\\'
echo "a\
b" "\`" '\`' \` "a\\
b"
echo "[$!]" [$!]
echo ".h"* \.h* ".n"*
echo >']a'; echo >'-b'; echo >ab; echo >'x]'
echo [!]a]* [!]]* ["a-c"]* [\]]* []-]* [a-]* [!a-z]* [a"-"c]* [\!a]* x[]] [] [!] [a x[] x[!]
rm ']a' ./-b ab 'x]'
for one in a \
b; \
do echo $one; done \
  | sort
echo hi > \
  continued; cat continued; true && \
  if true; then echo x; fi
true | \
  \
  cat \
  # nothing
echo 1\
2 3\
>continued; cat continued
