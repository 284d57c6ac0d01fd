"""Taking the course's own files, from a repository that is not the course's."""

import os
import subprocess
import sys

import pytest
from course import own_files, sealed, tree
from course.document import ROOT
from course.tree import Reference

ODD = "docs/" + os.fsdecode(b"na\xefve.txt")  # as a file system may have it


@pytest.fixture
def repository(tmp_path):
    for name in ("docs/README.md", "docs/changed.md", ODD):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("one\n")
    git = ["git", "-C", tmp_path, "-c", "user.name=reader", "-c", "user.email=reader@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "the course"]):
        subprocess.run([*git, *words], check=True)
    return tmp_path


def test_a_name_that_is_not_utf_8_is_a_name(repository):
    assert ODD in tree.source_names(repository)
    reference = Reference(repository / ".course/reference")
    (repository / ODD).write_text("two\n")
    own_files.take(repository, reference)
    own_files.verify(reference)
    assert reference.read(ODD) == "one\n"


def test_such_a_name_can_be_printed():
    code = "from pathlib import Path; from course import commands; commands.FOR_READERS['check'] = lambda *_: print({!r}); "
    code = code.format(ODD) + "commands.AT_WORK = (); raise SystemExit(commands.main(Path('/nowhere'), ['check']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert done.returncode == 0 and done.stdout == b"docs/na\\udcefve.txt\n", done.stdout


def test_what_was_opened_in_any_slot_is_closed(tmp_path, monkeypatch):
    (tmp_path / "docs/course").mkdir(parents=True)
    (tmp_path / "made").write_text("machine code")
    sealed.write(tmp_path / sealed.NAME, tmp_path, ["made"])
    reference = Reference(tmp_path / "build/exercises/reference")
    with sealed.opened(tmp_path, reference):
        assert (reference.folder / "made").is_file()
        for name in ("slot", "slot-7", "slot-grown"):
            (tmp_path / "build/exercises" / name / "build/kernel").mkdir(parents=True)
            (tmp_path / f"build/exercises/{name}.stamp").touch()
    assert not list((tmp_path / "build/exercises").glob("slot*/build/*")) and not list(tmp_path.rglob("*.stamp"))
