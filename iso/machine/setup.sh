#!/bin/sh
# Finds what this machine lacks of packages.table and installs it: `make setup`.
#
# Runs where there is nothing but a POSIX shell (no Python, no awk), so it is plain sh. On Debian and Ubuntu it
# installs; elsewhere it prints the command that would. Where nothing is missing it changes nothing, needs no rights
# and needs no network.
#
#     setup.sh [--optional] [--list]      --optional  counts the "optional" lines of the table as needed
#                                         --list      only says what is there and what is missing
# Environment: CROSS (i686-linux-gnu-), PYTHON (/usr/bin/python3); for tests PACKAGE_TABLE (packages.table beside this
# file) and OS_RELEASE (/etc/os-release).
# Exit status: 0 all is here, 1 something is missing still, 2 wrong use.

set -uf # f: the table holds file patterns; they are expanded in file_is_there alone

table=${PACKAGE_TABLE:-$(dirname -- "$0")/packages.table}
our_cross=i686-linux-gnu-
cross=${CROSS-$our_cross}
python=${PYTHON:-/usr/bin/python3}
with_optional=no
only_list=no

for argument in "$@"; do
    case $argument in
    --optional) with_optional=yes ;;
    --list) only_list=yes ;;
    *) echo "setup: unknown argument '$argument'; known are --optional and --list" >&2; exit 2 ;;
    esac
done
[ -r "$table" ] || { echo "setup: cannot read $table" >&2; exit 2; }

has_command() { command -v -- "$1" >/dev/null 2>&1; }

file_is_there() { # $1 is a file name pattern
    set +f
    for file in $1; do [ -e "$file" ] && { set -f; return 0; }; done
    set -f
    return 1
}

# Compiling says more than `--version`: an old g++, or one without its C++ headers, is as bad as none.
compiles() { # $1 is a compiler
    has_command "$1" &&
        echo '#include <expected>
              std::expected<int, char> answer = 42;' |
        "$1" -std=c++23 -ffreestanding -fsyntax-only -x c++ - >/dev/null 2>&1
}

is_here() { # $1 holds probes; one that succeeds is enough
    for probe in $1; do
        name=${probe#*:}
        case $probe in
        command:*) has_command "$name" && return 0 ;;
        file:*) file_is_there "$name" && return 0 ;;
        python:*) "$python" -c "import $name" >/dev/null 2>&1 && return 0 ;;
        cross:*) compiles "$cross$name" && return 0 ;;
        host:*) compiles "$name" && return 0 ;;
        *) echo "setup: $table has an unknown probe '$probe'" >&2; exit 2 ;;
        esac
    done
    return 1
}

trim() { # $1 without the blanks round it
    set -- $1
    echo "$*"
}

# Prints "what|purpose|apt|dnf|pacman|brew" for each thing that is missing. $1 is "all", or "needed" without the wanted ones.
missing_things() {
    while IFS='|' read -r need what probes purpose apt dnf pacman brew; do
        case $(trim "$need") in
        needed) ;;
        wanted) [ "$1" = all ] || continue ;;
        optional) [ $with_optional = yes ] || continue ;;
        *) continue ;; # a comment or an empty line
        esac
        is_here "$probes" ||
            echo "$(trim "$what")|$(trim "$purpose")|$(trim "$apt")|$(trim "$dnf")|$(trim "$pacman")|$(trim "$brew")"
    done <"$table"
}

# Prints the packages for the missing things, each once; "-" for a thing that has none. $1 is the distribution's
# column, $2 which of A/B to take where a line offers a choice.
packages_for() {
    list=
    while IFS='|' read -r what purpose apt dnf pacman brew; do
        case $1 in
        apt) names=$apt ;; dnf) names=$dnf ;; pacman) names=$pacman ;; *) names=$brew ;;
        esac
        for name in $names; do
            case $2 in
            first) name=${name%%/*} ;;
            second) name=${name##*/} ;;
            esac
            case " $list " in
            *" $name "*) ;;
            *) list="$list $name" ;;
            esac
        done
    done <<EOT
$missing
EOT
    trim "$list"
}

say_missing() { # one line for each missing thing
    while IFS='|' read -r what purpose rest; do
        echo "setup:     $what: $purpose"
    done <<EOT
$missing
EOT
}

# The packages apt knows under these names, to leave out what this release does not have.
known_to_apt() {
    known=
    for name in "$@"; do
        apt-cache show "$name" >/dev/null 2>&1 && known="$known $name"
    done
    trim "$known"
}

finish_if_complete() {
    missing=$(missing_things all) || exit 2
    [ -n "$missing" ] && return
    echo "setup: everything Trapgate needs is here (\`make doctor\` says more)"
    exit 0
}

# Ends after what could be done: what is only wanted does not make it a failure.
give_up() {
    [ -z "$(missing_things needed)" ] || exit 1
    echo "setup: Trapgate can do without it"
    exit 0
}

case $(uname -s 2>/dev/null) in
MINGW* | MSYS* | CYGWIN*)
    echo "setup: the compilers and emulators of MSYS2 and Cygwin will not do. Use a Linux inside Windows (WSL 2): type" >&2
    echo "    wsl --install -d Debian" >&2
    echo "setup: and there clone Trapgate and call \`make setup run\` again" >&2
    exit 1
    ;;
esac

finish_if_complete
echo "setup: missing on this machine:"
say_missing
[ $only_list = yes ] && give_up

# The compiler that CROSS names is the user's own: another one would not help.
case "
$missing" in
*"
cross compiler|"*)
    if [ "$cross" != "$our_cross" ]; then
        echo "setup: CROSS=$cross asks for ${cross}g++, and there is none that knows C++23's <expected> (GCC 12 and later)." >&2
        echo "setup: Put yours on PATH. Or leave CROSS out: then the compiler comes from a package, as ${our_cross}g++" >&2
        exit 1
    fi
    ;;
esac

manager=
for candidate in apt-get dnf pacman brew; do
    has_command $candidate && { manager=$candidate; break; }
done

case $manager in
apt-get) ;;
"")
    echo "setup: none of apt-get, dnf, pacman and brew is on this machine: install the things above in your system's way" >&2
    echo "setup: $table names the packages that bring them elsewhere" >&2
    exit 1
    ;;
*)
    as_root=
    [ "$(id -u)" = 0 ] || as_root="sudo "
    case $manager in
    dnf) install="${as_root}dnf install" ;;
    pacman) install="${as_root}pacman -S --needed" ;;
    brew) install="brew install" ;;
    esac
    packages=
    nobody_has=no
    for name in $(packages_for $manager first); do
        if [ "$name" = - ]; then nobody_has=yes; else packages="$packages $name"; fi
    done
    if [ -n "$packages" ]; then
        echo "setup: please type this command; Trapgate installs by itself on Debian and Ubuntu only:" >&2
        echo "    $install$packages" >&2
    fi
    if [ $nobody_has = yes ]; then
        echo "setup: $manager has no package for some of them. The cross compiler can be any g++ 12 or later that makes" >&2
        echo "setup: 32-bit x86 ELF: if yours is called i686-elf-g++, call make with CROSS=i686-elf-" >&2
    fi
    give_up
    ;;
esac

# Debian and Ubuntu. Too old ones are told so before anything is downloaded.
release=${OS_RELEASE:-/etc/os-release}
ID= VERSION_ID= PRETTY_NAME=
[ -r "$release" ] && . "$release"
case ${ID:-} in debian) least=12 ;; ubuntu) least=22 ;; *) least= ;; esac
version=${VERSION_ID%%.*}
if [ -n "$least" ] && [ -n "$version" ] && [ "$version" -lt "$least" ]; then
    echo "setup: $PRETTY_NAME is too old: its packages have no g++ 12. Trapgate needs Debian 12, Ubuntu 22.04, or later ones" >&2
    exit 1
fi
apt_install="apt-get install -y --no-install-recommends"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif has_command sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=sudo # asks for the password on the terminal if it needs one
else
    echo "setup: installing packages needs root's rights, and this user ($(id -un)) has no way to get them here:" >&2
    if has_command sudo; then
        echo "setup: sudo wants a password and there is no terminal to ask on. In a terminal, please type" >&2
        echo "    sudo $apt_install $(packages_for apt first)" >&2
    else
        echo "setup: there is no sudo. As root, please type" >&2
        echo "    $apt_install $(packages_for apt first)" >&2
    fi
    give_up
fi

# Without a network it is to fail at once, and not to try each server for minutes.
no_waiting="-o Acquire::Retries=0 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 -o APT::Update::Error-Mode=any"
# A freshly started Ubuntu may be updating itself: wait for its lock instead of failing.
apt() { # apt-get as root, asking nothing
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 $no_waiting "$@" </dev/null
}

install_packages() {
    echo "setup: ${as_root:+$as_root }$apt_install $*"
    apt install -y --no-install-recommends "$@"
}

online=yes
apt update || { online=no; echo "setup: apt-get update failed; going on with the package lists there are" >&2; }
for choice in first second; do
    packages=$(known_to_apt $(packages_for apt $choice))
    if [ -n "$packages" ]; then
        if ! install_packages $packages; then
            echo "setup: apt-get install failed; its message is above" >&2
            [ $online = no ] && { echo "setup: is there no network? Nothing more is tried" >&2; give_up; }
        fi
    fi
    finish_if_complete
done

echo "setup: these are missing still:" >&2
say_missing >&2
echo "setup: on Ubuntu the packages are in the section 'universe': sudo add-apt-repository universe" >&2
give_up
