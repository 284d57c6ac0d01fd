"""The root file system of `make run LINUX=1`: a distribution's programs take the place of ours, its busybox that of the shell.

    python3 -m linux.image FILE
"""

import sys
from pathlib import Path

import root_file_system
from linux import distribution
from root_file_system import contents_below

OURS = ("strace",)  # what busybox has not, and this kernel has in a form of its own
RC = b"""\
busybox --install -s /bin 2>/dev/null
ln -s /usr/bin/* /bin 2>/dev/null
echo "All in /bin but strace is Debian's, unmodified: this shell is busybox, and there are mksh-musl, mksh-klibc,"
echo "mksh-diet, and from /usr/bin what is dynamically linked."
echo "exit switches the machine off."
"""
FILES = {"etc/rc": RC, "etc/passwd": b"root:x:0:0:root:/:/bin/sh\n", "etc/group": b"root:x:0:\n"}


def stays(name):
    """Whether a file of our own root file system does."""
    folder, _, file = name.rpartition("/")
    return file in OURS if folder == "./bin" else name[2:] not in FILES


def files_of(fetched):
    """Contents by path: the programs that need no other file, and what dynamically linked ones need, in its own place."""
    return {**FILES, **contents_below(fetched / "bin", "bin/"), **contents_below(fetched / "root")}


def write(file, fetched):
    files = files_of(fetched)
    folders = sorted({str(one) for name in files for one in Path(name).parents} - set(root_file_system.names()))
    root_file_system.write(file, stays, folders, files, {"bin/sh": "busybox"})


if __name__ == "__main__":
    try:
        write(Path(sys.argv[1]), distribution.programs().parent)
    except distribution.NotAvailable as reason:
        sys.exit(f"LINUX=1 needs programs of a distribution, which are not here yet and can't be fetched: {reason}")
