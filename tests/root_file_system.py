"""A root file system for a boot: what `make` has built, changed."""

import io
import tarfile
from pathlib import Path
from typing import Callable, Dict, Iterable

INITRD = Path(__file__).resolve().parents[1] / "build/initrd.tar"


def write(file: Path, stays: Callable[[str], bool], folders: Iterable[str], files: Dict[str, bytes], links: Dict[str, str]) -> Path:
    """Writes the archive `file`: what `stays` of the built one, told by names that begin with "./"; then more folders, more
    files (contents by path, all of them programs) and symbolic links (targets by path)."""
    with tarfile.open(INITRD) as old, tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as new:
        for member in old.getmembers():
            if stays(member.name):
                new.addfile(member, old.extractfile(member))
        for name in folders:
            member = tarfile.TarInfo(f"./{name}")
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            new.addfile(member)
        for name, contents in files.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size, member.mode = len(contents), 0o755
            new.addfile(member, io.BytesIO(contents))
        for name, target in links.items():
            member = tarfile.TarInfo(f"./{name}")
            member.type, member.linkname = tarfile.SYMTYPE, target
            new.addfile(member)
    return file


def names() -> Iterable[str]:
    """Of all that is in the built one, as paths."""
    with tarfile.open(INITRD) as built:
        return [member.name.removeprefix("./") for member in built.getmembers()]


def contents_below(folder: Path, place: str = "") -> Dict[str, bytes]:
    """The files of a folder, by their paths when it is at `place`, which is empty or ends in a slash."""
    return {f"{place}{one.relative_to(folder)}": one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}
