"""The root file system of `make run LINUX=1`: a distribution's programs take the place of ours, its busybox that of the shell.

    python3 -m linux.image FILE
"""

import io
import sys
import tarfile
from pathlib import Path

from linux import distribution

ROOT = Path(__file__).resolve().parents[2]
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
    files = {**FILES, **{f"bin/{one.name}": one.read_bytes() for one in (fetched / "bin").iterdir()}}
    return {**files, **{str(one.relative_to(fetched / "root")): one.read_bytes() for one in (fetched / "root").rglob("*") if one.is_file()}}


def write(file, fetched):
    files = files_of(fetched)
    with tarfile.open(ROOT / "build/initrd.tar") as ours, tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as new:
        for member in ours.getmembers():
            if stays(member.name):
                new.addfile(member, ours.extractfile(member))
        for folder in sorted({str(one) for name in files for one in Path(name).parents} - {member.name.removeprefix("./") for member in ours.getmembers()}):
            member = tarfile.TarInfo(f"./{folder}")
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            new.addfile(member)
        for name, contents in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size, member.mode = len(contents), 0o755
            new.addfile(member, io.BytesIO(contents))
        shell = tarfile.TarInfo("./bin/sh")
        shell.type, shell.linkname = tarfile.SYMTYPE, "busybox"
        new.addfile(shell)


if __name__ == "__main__":
    try:
        write(Path(sys.argv[1]), distribution.programs().parent)
    except distribution.NotAvailable as reason:
        sys.exit(f"LINUX=1 needs programs of a distribution, which are not here yet and can't be fetched: {reason}")
