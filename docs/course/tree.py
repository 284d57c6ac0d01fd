"""Trees to judge in: pristine sources with what was built from them, and slots where a few files are the reader's.

    reference   sources exactly as the course has them, built once
    slot        a copy of it; for each judgement its files become the reference's again (same contents, same times, so
                `make` builds nothing), then the reader's files are written: only what they touch is built.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Optional, Set, Tuple

from machine import inner_make

from . import sandbox

TOP = ("Makefile", "boot", "kernel", "programs", "linker", "iso", "tests", "docs")
# Below build/: not worth a copy.
NOT_BUILT = ("exercises", "mutations", "chapters", "rewind", "iso", "test-results", "fuzz*", "replay-*", "unit-tests",
             "tidy", "linux", "site*")
SHARED = ".o"  # below build/host: hard links; the assembler replaces such a file. (g++ writes into a .gch that is there.)
STEP = re.compile(r"  [A-Z+]+ +\S")  # what our make says of each step
WITH_HOLES = ("boot/", "kernel/", "programs/")  # where the files are in which exercises open functions
UNSOLVED = re.compile(r"exercise [\d.]+ is not solved yet|exercise_not_solved\(\"|NOT_SOLVED \"")  # in a file with an open hole
MAKE_LIMIT, SANDBOX_LIMIT = 600, 60  # seconds that a build may take: one's own, and one of a stranger's file


class TreeError(Exception):
    pass


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                          errors="surrogateescape")  # as Python reads the names of files
    if done.returncode != 0:
        raise TreeError(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def source_names(root: Path) -> List[str]:
    """The files of a tree: what git knows or would take, else all that lies in the folders of the course."""
    if (root / ".git").exists():
        names = git(root, "ls-files", "-z", "-c", "-o", "--exclude-standard").split("\0")[:-1]
    else:
        names = [str(file.relative_to(root)) for top in TOP for file in [root / top, *(root / top).rglob("*")]]
    return sorted(name for name in set(names) if wanted(name) and (root / name).is_file())


def wanted(name: str) -> bool:
    """Whether a file of the repository belongs into a reference."""
    return name.split("/")[0] in TOP and "__pycache__" not in name and not name.startswith(
        ("tests/fuzz/corpus/", "tests/course/hostile/", "docs/pictures/"))


def has_hole(name: str, text: str) -> bool:
    """Whether a file of the kernel or of a program has an open function of an exercise."""
    return name.startswith(WITH_HOLES) and bool(UNSOLVED.search(text))


def make_words(targets: Iterable[str]) -> List[str]:
    return ["make", "--no-print-directory", "-j2", *targets]


def make(folder: Path, targets: Iterable[str]) -> subprocess.CompletedProcess:
    return subprocess.run(make_words(targets), cwd=folder, env=inner_make.environment(), timeout=MAKE_LIMIT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")


def copy_built(built: Path, copy: Path, *left_out: str) -> None:
    """What is worth a copy of a folder build/. A link stays one, wherever it leads."""
    shutil.copytree(built, copy, symlinks=True, ignore=shutil.ignore_patterns(*NOT_BUILT, *left_out))


def digest(folder: Path, names: Iterable[str]) -> Dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


class Reference:
    """Pristine sources and what is built from them, in `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._listing: Dict[str, Tuple[int, int]] = {}
        self.checks: Dict[Tuple[str, str], List[int]] = {}  # how many unit tests make of it, by exercise and file: see grade.py

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def find(self, name: str) -> Optional[str]:
        return self.read(name) if name in self.listing() else None

    @property
    def opened(self) -> bool:
        """Whether this is a handout's: no solutions, every hole open."""
        return (self.folder / "docs/course/handout").is_file()

    def open_files(self) -> List[str]:
        """Of a handout's sources, those with holes."""
        return [name for name in self.listing() if name.startswith(WITH_HOLES)
                and UNSOLVED.search(self.read(name))] if self.opened else []

    def start_of(self, exercise) -> Dict[str, str]:
        """What the exercise begins with."""
        kept = self.folder / "docs/course/starts" / exercise.number
        if self.opened and kept.is_dir():
            files = [file for file in kept.rglob("*") if file.is_file()]
            return {str(file.relative_to(kept)): file.read_text(encoding="utf-8") for file in files}
        return exercise.start(self.read)

    def take(self, tree: Path, texts: Dict[str, bytes], names: Iterable[str]) -> None:
        """Makes the sources those of `tree`, but with `texts` for files that are otherwise there. What `tree` has built
        already is taken along: `make` sees from the times what is still right. All of it or nothing, the first time."""
        if self.folder.is_dir():
            self.update(tree, texts, set(names))
            return
        whole = Reference(self.folder.with_name(self.folder.name + ".new"))
        shutil.rmtree(whole.folder, ignore_errors=True)
        whole.folder.mkdir(parents=True)
        whole.update(tree, texts, set(names), fresh=True)
        if (tree / "build").is_dir():
            copy_built(tree / "build", whole.folder / "build")
        whole.folder.rename(self.folder)

    def update(self, tree: Path, texts: Dict[str, bytes], names: Set[str], fresh: bool = False) -> None:
        """The sources alone, of what is there. fresh: nothing is, so that a file's time may be an old one."""
        for name in set(source_names(self.folder)) - names:
            (self.folder / name).unlink()
        for name in names:
            to = self.folder / name
            to.parent.mkdir(parents=True, exist_ok=True)
            if name in texts:
                if not to.is_file() or to.read_bytes() != texts[name]:
                    to.write_bytes(texts[name])
            elif not to.is_file() or to.read_bytes() != (tree / name).read_bytes():
                shutil.copy2(tree / name, to)
                if not fresh:
                    os.utime(to)  # an older file than the one before is a change too

    def build(self, targets: Iterable[str], tell: Callable[[str], None] = lambda _: None) -> str:
        """Builds, and tells what; returns make's output if it failed, else "". """
        words = make_words(targets)
        process = subprocess.Popen(words, cwd=self.folder, env=inner_make.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        output, done, steps = [], 0, 0
        for line in process.stdout:
            output.append(line)
            if STEP.match(line):
                done += 1
                steps = steps or 1 + make(self.folder, ["-n", *targets]).stdout.count("printf '  ")
                tell(f"building {done} of about {max(done, steps)}: {line.split()[-1]}")
        self._listing = {}
        return "" if process.wait() == 0 else "".join(output)

    def listing(self) -> Dict[str, Tuple[int, int]]:
        """Size and time of every file."""
        if not self._listing:
            found: Dict[str, Tuple[int, int]] = {}  # another thread must not see half of it
            for place, folders, files in os.walk(self.folder):
                in_build = place == str(self.folder / "build")
                folders[:] = [name for name in folders if name != "__pycache__" and not (in_build and name in NOT_BUILT)]
                for name in files:
                    path = os.path.join(place, name)
                    state = os.stat(path)
                    found[os.path.relpath(path, self.folder)] = state.st_size, state.st_mtime_ns
            self._listing = found
        return self._listing


class Slot:
    """A tree in which one judgement at a time is made. `keeps`: what the one before compiled from files that have the same
    text again stays; not where one stranger's judgement comes after another's."""

    def __init__(self, folder: Path, reference: Reference, keeps: bool = False):
        self.folder = folder
        self.reference = reference
        self.keeps = keeps
        self._state, self._texts = "", {}  # of the judgement before

    def set(self, texts: Dict[str, str]) -> None:
        """The reference, with `texts` as the contents of some files."""
        listing = self.reference.listing()
        stamp = self._stamp
        left = stamp.read_text() if stamp.is_file() else ""
        state = hashlib.sha256(repr((sorted(listing.items()), sorted(texts.items()))).encode()).hexdigest()
        if left == state:
            self._state, self._texts = state, dict(texts)
            return  # as it was left: what is built stays built
        kept = self._still_good(texts) if self.keeps and left == self._state else set()
        stamp.unlink(missing_ok=True)
        for name, known in listing.items():
            if name in kept:
                continue
            to = self.folder / name
            try:
                now = os.stat(to)
                same = (now.st_size, now.st_mtime_ns) == known
            except FileNotFoundError:
                same = False
            if not same:
                self._copy(name, to)
        for place, folders, files in os.walk(self.folder):
            for name in files:
                path = os.path.join(place, name)
                if os.path.relpath(path, self.folder) not in listing:
                    os.unlink(path)
        for name, text in texts.items():
            to = self.folder / name
            if not to.is_file() or to.read_text(encoding="utf-8") != text:
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_text(text, encoding="utf-8")
        for name in self.reference.open_files():  # the course's own code goes on being used, though a header has changed
            compiled = self.folder / f"build/{name}.o"
            if name not in texts and compiled.is_file():
                os.utime(compiled)
        if sandbox.entered():
            self._hide_machine_code(texts)
        self._state, self._texts = state, dict(texts)

    def _hide_machine_code(self, texts: Dict[str, str]) -> None:
        """Removes what the course's own code for these files is in: a stranger's file could bring it in by its name."""
        build = self.folder / "build"
        compiled = [build / f"{place}{name}.o" for name in texts for place in ("", "host/")]
        for file in [*compiled, *build.glob("*.elf"), *build.glob("*.a"), *build.glob("unit/*")] if texts else []:
            if file.is_file():
                file.unlink()

    @property
    def _stamp(self) -> Path:
        """Says what is in the folder since make has returned; missing where that can't be relied on."""
        return self.folder.with_name(self.folder.name + ".stamp")

    def _still_good(self, texts: Dict[str, str]) -> Set[str]:
        """Files that have the same text as in the judgement before, other than in the reference; and what was compiled from
        one of them and from no file whose text is another now. `make` sees from the times whether it is complete."""
        reference = {name: self.reference.find(name) for name in {*self._texts, *texts}}
        before, now = {**reference, **self._texts}, {**reference, **texts}
        changed = {name for name in reference if before[name] != now[name]}
        same = {name for name in reference if name not in changed and now[name] != reference[name]}
        if not same:
            return same
        kept = set(same)
        for file in (self.folder / "build").rglob("*.d"):
            sources = set(file.read_text().replace("\\\n", " ").split())
            if sources & same and not sources & changed:
                name = str(file.relative_to(self.folder))
                kept |= {name, name.removesuffix(".d") + ".o"}
        return kept

    def _copy(self, name: str, to: Path) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.unlink() if to.exists() else None
        if name.startswith("build/host/") and name.endswith(SHARED):
            os.link(self.reference.folder / name, to)
        else:
            shutil.copy2(self.reference.folder / name, to)

    def build(self, targets: Iterable[str]) -> subprocess.CompletedProcess:
        """In a sandbox, where one was entered: compilers read what a stranger wrote."""
        words = make_words(targets)
        sandbox.give(self.folder)
        self._stamp.unlink(missing_ok=True)  # what a compiler is killed at, or we with it, is half a file
        try:
            done = sandbox.run(words, self.folder, SANDBOX_LIMIT if sandbox.entered() else MAKE_LIMIT, write_tree=True)
        except sandbox.Exceeded as exceeded:
            return subprocess.CompletedProcess(words, 1, f"error: the build {exceeded}\n")
        self._stamp.write_text(self._state)
        return done
