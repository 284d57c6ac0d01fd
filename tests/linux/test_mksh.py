"""mksh's own tests (check.t of its source package), as far as they need neither perl nor a terminal: here as on this machine's Linux."""

import functools
import re
import shlex

import pytest

from boots import BOCHS_ISO, QEMU_KERNEL
from linux import distribution, jobs

SHELL = "mksh-klibc"
# What can't be the same, and why.
WITHOUT_TERMINAL = "/dev/tty can be opened here by a session that has no terminal"
DIFFERENT = {
    "selftest-env": "numbers of processes, the time",
    "selftest-direct-builtin-call": "two processes say something at the same time",
    "selftest-tty-absent": WITHOUT_TERMINAL,
    "exit-trap-interactive": WITHOUT_TERMINAL,
    "regression-37": "how long a sleep took, to a hundredth of a second",
    "xtrace-1": "both sides of a pipeline say what they run: which of them is first is not determined, on Linux neither",
}
LEAST = 500  # of its tests must be there and do the same
EACH = {QEMU_KERNEL: 1, BOCHS_ISO: 5}  # all of the tests, or one in five: Bochs takes seven times as long
MULTIPLE = ("file-setup", "file-result")  # fields that a test may have several of


def fields_of(text: str):
    """{tag: value, or a list of them} of one test, in the format that mksh's check.pl describes."""
    fields = {}
    tag = None
    for line in text.splitlines(keepends=True):
        if line.startswith("\t"):
            values = fields[tag]
            values[-1] += line[1:]
        elif (found := re.match(r"([a-z-]+):[ \t]*(.*)\n", line)) is not None:
            tag, first = found.groups()
            fields.setdefault(tag, []).append(first + "\n" if first else "")
    return fields


def value(fields, tag: str) -> str:
    """A field of several lines. A ! in the first one takes the last line's end away."""
    text = "".join(fields.get(tag, [""])[-1:])
    return text[2:-1] if text.startswith("!\n") else text


def words(fields, tag: str):
    """A field that is a list: its first character separates the words."""
    text = value(fields, tag).strip()
    return text[1:-1].split(text[0]) if len(text) > 1 else []


def applies(fields) -> bool:
    text = "".join("".join(values) for values in fields.values())
    category = value(fields, "category")
    return (not any(tag in fields for tag in ("perl-setup", "perl-cleanup", "need-ctty")) and "__perlname" not in text
            and not re.search(r"(?<!!)(os:|shell:)|!os:linux|!smksh|!nojsig", category) and "@utflocale@" not in text)  # fmt: skip


def script_of(number: int, fields) -> str:
    """The job: makes the files, then runs the shell as check.pl does."""
    lines = ["PATH=/linux/bin"]
    for setup in fields.get("file-setup", []):
        kind, mode, name, contents = re.match(r'!?\s*(\w+) (\d+) "(.*?)"\n?(.*)', setup, re.DOTALL).groups()
        name = shlex.quote(name)
        if kind == "dir":
            lines.append(f"mkdir -p {name}")
        elif kind == "symlink":
            lines.append(f"ln -s {shlex.quote(contents.strip())} {name}")
        else:
            lines.append(f"printf %s {shlex.quote(contents)} > {name}")
        if kind != "symlink":
            lines.append(f"chmod {mode} {name}")
    variables = ["HOME=/tmp", "PATH=/linux/bin", f"SHELL={SHELL}", "USER=root", "LOGNAME=root", "ENV=/nonexistant", f"__progname={SHELL}"]
    command = ["env", "-i", *variables, *words(fields, "env-setup"), SHELL, *words(fields, "arguments")]
    if "script" in fields:
        lines.append(f"cp /linux/check/{number}.script temporary-script")
        command.append("temporary-script")
    source = f"/linux/check/{number}.stdin" if "stdin" in fields else "/dev/null"
    lines.append(f"{shlex.join(command)} < {source}")
    return "\n".join(lines)


@functools.lru_cache(maxsize=None)
def checks():
    """name: (job, fields) of each test that applies; or the reason why there is none."""
    try:
        text = distribution.source("mksh", "mksh/check.t").read_text(encoding="latin-1")
    except distribution.NotAvailable as reason:
        return str(reason)
    found = {}
    for number, part in enumerate(re.split(r"^---\n", text, flags=re.MULTILINE)):
        fields = fields_of("".join(line for line in part.splitlines(keepends=True) if not line.startswith("#")))
        if "name" in fields and applies(fields):
            found[f"{number:03}.sh"] = fields
    return found


@functools.lru_cache(maxsize=None)
def all_jobs():
    return {job: script_of(int(job[:3]), fields).encode("latin-1") + b"\n" for job, fields in checks().items()}


@functools.lru_cache(maxsize=None)
def files():
    inputs = {f"linux/check/{int(job[:3])}.{tag}": value(fields, tag).encode("latin-1")
              for job, fields in checks().items() for tag in ("stdin", "script") if tag in fields}  # fmt: skip
    return {**jobs.files_of(all_jobs()), **inputs}


def here(place, names):
    return jobs.here(place, {name: all_jobs()[name] for name in names}, files(), f"mksh-{place}.log")


@functools.lru_cache(maxsize=None)
def on_the_host():
    return jobs.on_the_host(all_jobs(), files())


@pytest.mark.parametrize("place", EACH, ids=str)
def test_does_what_it_does_on_linux(place):
    """All in one, since their names are known only when the source has been fetched."""
    jobs.fetched()
    if isinstance(checks(), str):
        pytest.skip(checks())
    equal, differences = 0, []
    chosen = list(checks())[:: EACH[place]]
    found = here(place, chosen)
    for job in chosen:
        name, (text, status), there = value(checks()[job], "name").strip(), found[job], on_the_host()[job]
        if (text, status) == there:
            equal += 1
        elif name not in DIFFERENT:
            differences.append(f"--- {name}\n{text}{status}\n--- on Linux\n{there[0]}{there[1]}")
    print(equal, "of", len(chosen), "of mksh's tests do here what they do on Linux")
    assert not differences, "\n".join(differences)
    assert equal >= LEAST // EACH[place]
