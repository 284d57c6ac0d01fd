"""A handout: nothing in it gives a solution away, its links lead somewhere, its chapters boot, and exercises are judged there."""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from course import exercise_file, handout, sealed
from course.document import ROOT
from course.source import piece_of
from course.tree import Reference

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s#]*)(?:#[^)\s]*)?\)")
WRITTEN = [one for one in exercise_file.load_all(ROOT) if one.kind == "write"]
NUMBERS = {one.slug: one.number for one in WRITTEN}
ENCODE = NUMBERS["encode-descriptor"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    out = tmp_path_factory.mktemp("handout") / "h"
    done = subprocess.run([sys.executable, "-m", "course.main", "handout", out], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=900)
    assert done.returncode == 0 and "holes open" in done.stdout and "left out" not in done.stdout, done.stdout
    return out


def make(tree, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHONPATH"))}
    return subprocess.run(["make", *words], cwd=tree, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600)


def files_of(tree):
    """Path and bytes of each file, of those in the archive of sources, too."""
    for file in sorted(tree.rglob("*")):
        if file.is_file() and not str(file.relative_to(tree)).startswith(("build/", ".course/")):
            yield file.relative_to(tree), file.read_bytes()
    with tarfile.open(tree / "docs/course/handout.tar.gz") as archive:
        for member in archive.getmembers():
            if member.isfile():
                yield Path(member.name), archive.extractfile(member).read()


def test_no_line_of_a_solution_is_in_it(tree):
    reference = Reference(ROOT)
    opened, _ = handout.opened([one for one in exercise_file.load_all(ROOT) if handout.is_open(one, False)], reference, False)
    secrets = handout.Secrets(WRITTEN, opened, reference)
    assert len(secrets.lines) > 100
    for name, data in files_of(tree):
        if name.suffix not in (".png", ".gz", ".sealed"):
            assert not secrets.found_in(data.decode(errors="replace")), name


@pytest.mark.parametrize("exercise", exercise_file.load_all(ROOT), ids=lambda one: one.number)
def test_of_an_exercises_data_no_section_quotes_a_solution(exercise):
    """Lists of mutants do, line by line, in backticks. Hints may, but for the last: who asks for one gets one."""
    data = exercise.file.with_name(exercise.file.stem + ".grader.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.*)", handout.data_of(exercise, data), re.MULTILINE)
    assert not [title for title in titles if not re.match(r"Main$|Program |Hint [1-4]\b", title)]
    solution = {line for block in exercise.rights for one in block.blocks for line in handout.squeezed(one.text)}
    for name, what in exercise.holes:
        text = (ROOT / name).read_text(encoding="utf-8")
        piece = piece_of(name, text, what)
        solution |= handout.squeezed(text[piece.begin : piece.end])
    quoted = re.findall(r"`([^`\n]{13,})`", re.sub(r"^## Hint(?:.*\n)(?:(?!## ).*\n)*", "", handout.data_of(exercise, data), flags=re.MULTILINE))
    assert not solution & set(quoted)


def test_none_of_a_repairs_lines_is_in_it_unless_it_is_broken(tree):
    repairs = [one for one in exercise_file.load_all(ROOT) if one.kind == "repair"]
    assert not [name for name, _ in files_of(tree) for one in repairs if one.file.stem in str(name)]
    assert not (tree / "tests/mutations").exists() and not (tree / "tests/course").exists()


def test_nothing_in_it_can_be_disassembled(tree):
    assert [name for name, data in files_of(tree) if b"\x7fELF" in data] == []
    assert not [name for name, _ in files_of(tree) if name.suffix in (".o", ".a", ".elf", ".bin", ".iso")]
    with pytest.raises(tarfile.TarError):
        tarfile.open(fileobj=io.BytesIO((tree / sealed.NAME).read_bytes()))


def test_every_link_and_picture_is_there(tree):
    dead = []
    for file in tree.rglob("*.md"):
        for target in LINK.findall(file.read_text(encoding="utf-8")):
            if target and "://" not in target and not target.startswith("mailto:") and not (file.parent / target).exists():
                dead.append(f"{file.relative_to(tree)}: {target}")
    assert dead == []


def test_a_chapter_boots_with_the_courses_own_code(tree):
    done = make(tree, "run", "CHAPTER=11")
    assert "process 1 (cli): killed by SIGSEGV (general protection fault)" in done.stdout and done.returncode == 0, done.stdout
    nothing_lies_open(tree)


def test_an_exercise_is_judged_while_all_others_are_open(tree):
    done = make(tree, "check", f"N={ENCODE}")
    assert f"exercise {ENCODE} is not solved yet" in done.stdout and done.returncode != 0
    shutil.copy(ROOT / "kernel/cpu/gdt.hpp", tree / "kernel/cpu/gdt.hpp")
    done = make(tree, "check", f"N={ENCODE}")
    assert f"{ENCODE} pass: it works in QEMU and Bochs" in done.stdout, done.stdout
    nothing_lies_open(tree)


def nothing_lies_open(tree):
    compiled = [file for suffix in ("o", "a", "elf", "bin") for file in tree.rglob(f"*.{suffix}")]
    assert [file for file in compiled if "host" not in file.parts] == []


def test_a_prediction_is_judged_by_what_the_courses_kernel_did(tree):
    one = next(one for one in exercise_file.load_all(ROOT) if one.kind == "predict" and "mutation" in one.keys)
    answer = ",".join(line.replace(" ", "") for line in one.rights[0].blocks[0].text.split("\n") if line.strip())
    done = make(tree, "check", f"N={one.number}", f"ANSWER={answer}")
    assert f"{one.number} pass" in done.stdout, done.stdout
