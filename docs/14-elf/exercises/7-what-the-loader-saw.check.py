"""The lines of both programs, compared with their headers."""

import re
import struct

from course.checks import need


def headers(data):
    """Entry and loadable segments of an ELF file."""
    entry, at = struct.unpack_from("<II", data, 24)
    size, count = struct.unpack_from("<HH", data, 42)
    found = [struct.unpack_from("<8I", data, at + size * index) for index in range(count)]
    return entry, [one for one in found if one[0] == 1 and one[5] > 0]


def lines_of(name, entry, segments):
    for _, _, start, _, from_file, size, flags, _ in segments:
        rights = "r" + ("w" if flags & 2 else "-") + ("x" if flags & 1 else "-")
        yield f"program {name}: 0x{start:08X} to 0x{start + size:08X} {rights}, {from_file} of {size} bytes from the file"
    end = max(start + size for _, _, start, _, _, size, _, _ in segments)
    yield f"program {name}: begins at 0x{entry:08X}, its break at 0x{end + 0xFFF & ~0xFFF:08X}"


def check_the_lines(boot):
    """Those of `shapes` by its source."""
    shapes = 0x08048100, [(1, 0, 0x08048000, 0, 0x180, 0x180, 5, 0), (1, 0x180, 0x08050180, 0, 16, 5000, 6, 0),
                          (1, 0, 0x0804C000, 0, 0, boot.plan.drawn[0], 6, 0), (1, 0x190, 0x08040190, 0, 35, 35, 4, 0),
                          (1, 0, 0x08060000, 0, 1, 1, 7, 0)]
    for name, (entry, segments) in (("shapes", shapes),
                                    ("hello-c", headers((boot.tree / "build/programs/hello-c.elf").read_bytes()))):
        wanted = list(lines_of(name, entry, segments))
        found = re.findall(rf"^\[info \] (program {name}: (?!.*started).*?)\r?$", boot.serial, re.MULTILINE)
        need(bool(found), "segments: none", f"`{wanted[0]}`", "there is no such line")
        need(len(found) == len(wanted), "segments: count", f"{len(wanted)} lines about {name}", f"there are {len(found)}")
        for want, have in zip(wanted, found):
            need(have == want, "segments: last" if want == wanted[-1] else "segments: other", f"`{want}`", f"it is `{have}`")


def check_that_nothing_else_is_said(boot):
    said = re.findall(r"^\[\w+ *\] process \d+ \((?:shapes|hello-c)\): (.*?)\r?$", boot.serial, re.MULTILINE)
    others = [line for line in said if not re.fullmatch(r"started, ELF, \d+ bytes|exited with status \d+", line)]
    need(not others, "segments: other lines", "nothing else about processes to be said", f"there is {(others or [''])[0]!r}")


def check_that_others_have_none(boot):
    others = re.findall(r"^\[info \] program (\S+): .*(?:from the file|break at)", boot.serial, re.MULTILINE)
    need(set(others) <= {"shapes", "hello-c"}, "segments: others", "no such lines for programs that are not ELF",
         f"there are some for {', '.join(sorted(set(others) - {'shapes', 'hello-c'}))}")
