"""Building a mutated tree: a copy of the source and of what is built, so that only what changed is built again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import List, Sequence, Tuple

from course.catalogue_of_mistakes import ROOT, Mutation
from machine import MachineError, inner_make

COURSES_OWN = ROOT / ".course/reference"  # what the course's exercises keep of a reader's tree
MUTATED = ROOT / "build/mutations"  # here the mutated trees are, one folder each
# What a build needs, and what of it need not be copied: the ISO, results, other mutated trees, the host's tests.
SOURCES = ("Makefile", "boot", "docs", "iso", "kernel", "linker", "programs")
NOT_COPIED = {"mutations", "chapters", "exercises", "rewind", "iso", "host", "unit", "libhost.a", "fuzz", "test-results",
              "trapgate.iso", "unit-tests", "linux", "site", "site-work"}


def kernel_tree(mutation: Mutation, tree: Path) -> None:
    """Makes `tree` anew: a copy, with the mistake in it."""
    copy_to(tree)
    for name in written_by_a_reader(mutation):
        (tree / name).write_bytes((COURSES_OWN / name).read_bytes())
    mutation.apply(tree)


def copy_to(tree: Path) -> None:
    """Makes `tree` anew, as a copy. Files keep their times, by which make knows what is current."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in SOURCES:
        _copy(ROOT / name, tree / name)
    (tree / "build").mkdir()
    for built in (ROOT / "build").iterdir():
        if built.name not in NOT_COPIED and not built.name.startswith("replay-"):
            _copy(built, tree / "build" / built.name)


def written_by_a_reader(mutation: Mutation) -> List[str]:
    """Files of this tree in which the function of an exercise is open, or that a reader has written so that the mistake does
    not fit any more: a mutation is one of the course's own kernel."""
    opened = ROOT / ".course/open"
    names = opened.read_text(encoding="utf-8").split() if opened.is_file() else []
    names += [edit.file for edit in mutation.edits if mutation.problems()]
    return sorted(name for name in set(names) if (COURSES_OWN / name).is_file()
                  and (COURSES_OWN / name).read_bytes() != (ROOT / name).read_bytes())


def tree_without(mutation: Mutation) -> Path:
    """A tree that is as the mutation's, but without the mistake: this one, or the course's own where a reader is at work."""
    if not written_by_a_reader(mutation):
        return ROOT
    built, said = build(COURSES_OWN, targets_of(mutation))
    if not built:
        raise MachineError(said)
    return COURSES_OWN


def _copy(source: Path, copy: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, copy)


def add_tests(tree: Path) -> None:
    """Copies the tests too, with what is built of the unit tests."""
    for name in ("tests", "build/host", "build/unit-tests"):
        if (ROOT / name).exists() and not (tree / name).exists():
            _copy(ROOT / name, tree / name)


def build(tree: Path, targets: Sequence[str]) -> Tuple[bool, str]:
    """Whether make could build the targets, and what it and its tools said."""
    done = subprocess.run(["make", "-s", "--no-print-directory", *targets], cwd=tree, env=inner_make.environment(), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    return done.returncode == 0, done.stdout


def program_of(words: str) -> str:
    """The file of a module, below build/programs: "echo" is echo.bin, "bss.elf one" is bss.elf."""
    name = words.split(" ")[0]
    return name if name.endswith(".elf") else f"{name}.bin"


def targets_of(mutation: Mutation) -> List[str]:
    programs = {f"build/programs/{program_of(words)}" for words in mutation.modules}
    return ["build/kernel.elf", *sorted(programs)]


def test_fails(mutation: Mutation, tree: Path) -> Tuple[bool, str]:
    """Runs the test that must notice the mistake, in the mutated tree: whether it failed, and what it said."""
    add_tests(tree)
    kind, _, name = mutation.caught_by.partition(": ")
    if kind == "unit":
        built, said = build(tree, ["build/unit-tests"])
        if not built:
            return False, said
        command = [tree / "build/unit-tests", name.replace(",", "\\,")]  # a comma parts the names of several
    else:
        built, said = build(tree, ["all"])
        if not built:
            return False, said
        file, _, test = name.partition("::")
        command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/boot/{file}", "-k", test]
    done = subprocess.run(command, cwd=tree, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    if kind == "boot":
        return done.returncode == 1, done.stdout  # pytest's "tests failed"
    return done.returncode != 0 and "No test cases matched" not in done.stdout, done.stdout
