"""Taking the course's own files, from a repository that is not the course's; and reading the reader's, which may hold anything."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile

import pytest
from course import commands, own_files, sealed, tree
from course.document import ROOT
from course.problem import Problem
from course.progress import Progress
from course.reader import Reader
from course.tree import Reference
from readers import command, reader_tree

ODD = "docs/" + os.fsdecode(b"na\xefve.txt")  # as a file system may have it


@pytest.fixture
def repository(tmp_path):
    for name in ("docs/README.md", "docs/changed.md", ODD):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("one\n")
    git(tmp_path, "init", "-q")
    return commit(tmp_path, {})


def git(folder, *words):
    subprocess.run(["git", "-C", folder, "-c", "user.name=reader", "-c", "user.email=reader@example.org", *words], check=True)


def commit(folder, texts):
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "changed", "--allow-empty")
    return folder


@pytest.fixture
def clone(repository):
    """Of that repository, where a reader has committed something."""
    git(repository, "clone", "-q", ".", "clone")
    return commit(repository / "clone", {"docs/changed.md": "the reader's\n"})


def test_a_name_that_is_not_utf_8_is_a_name(repository):
    assert ODD in tree.source_names(repository)
    reference = Reference(repository / ".course/reference")
    (repository / ODD).write_text("two\n")
    own_files.take(repository, reference)
    own_files.verify(reference)
    assert reference.read(ODD) == "one\n"


@pytest.mark.parametrize("branch", ["", "mine"])
def test_what_a_reader_has_committed_is_not_the_courses(clone, branch):
    if branch:
        git(clone, "switch", "-q", "-c", branch)
    reference = Reference(clone / ".course/reference")
    own_files.need(clone, reference)
    assert reference.read("docs/changed.md") == "one\n"
    assert "`make reference COMMIT=HEAD`" in own_files.take(clone, reference)
    own_files.take(clone, reference, "HEAD")
    assert reference.read("docs/changed.md") == "the reader's\n"
    own_files.need(clone, reference)
    with pytest.raises(Problem, match="nothing-like-it"):
        own_files.take(clone, reference, "nothing-like-it")


def test_an_update_of_the_course_is_noticed(repository, clone):
    reference = Reference(clone / ".course/reference")
    own_files.need(clone, reference)
    commit(repository, {"README.md": "of no concern\n"})
    git(clone, "pull", "-q", "--no-rebase")
    own_files.need(clone, reference)
    commit(repository, {"docs/README.md": "two\n"})
    git(clone, "pull", "-q", "--no-rebase")
    with pytest.raises(Problem, match="`make reference`"):
        own_files.need(clone, reference)
    own_files.take(clone, reference)
    own_files.need(clone, reference)
    assert reference.read("docs/README.md") == "two\n" and reference.read("docs/changed.md") == "one\n"


@pytest.mark.parametrize("name", ["kernel/hole.cpp", "programs/hole.cpp"])
def test_an_open_function_is_not_the_courses(repository, name):
    commit(repository, {name: 'panic("exercise 4.1 is not solved yet");\n'})
    reference = Reference(repository / ".course/reference")
    with pytest.raises(Problem, match="`make reference COMMIT=...`"):
        own_files.need(repository, reference)
    own_files.take(repository, reference, "HEAD~1")
    own_files.need(repository, reference)


def test_what_was_taken_by_half_is_taken_anew(repository, monkeypatch):
    reference = Reference(repository / ".course/reference")
    (repository / "build").mkdir()
    (repository / "build/made").write_text("machine code")

    def interrupted(*_):
        (reference.folder.with_name("reference.new") / "build").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tree, "copy_built", interrupted)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                own_files.need(repository, reference)
            assert not reference.folder.exists()
    own_files.need(repository, reference)
    assert (reference.folder / "build/made").is_file()
    with monkeypatch.context() as patch:
        patch.setattr(tree, "digest", interrupted)
        with pytest.raises(FileNotFoundError):
            own_files.take(repository, reference)
    (reference.folder / "build/made").write_text("half of it")
    own_files.take(repository, reference)
    assert (reference.folder / "build/made").read_text() == "machine code"


def test_the_readers_kernel_is_made_anew_where_that_was_interrupted(repository, monkeypatch):
    reader = Reader(repository)
    own_files.take(repository, reader.reference)
    reader.own_texts = lambda: {"docs/README.md": "mine\n"}
    assert reader.base().read("docs/README.md") == "mine\n"
    reader.own_texts = lambda: {"docs/README.md": "other\n"}
    with monkeypatch.context() as patch:
        patch.setattr(tree.Reference, "take", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            reader.base()
    (reader.grown.folder / "docs/changed.md").write_text("half of it")
    reader.own_texts = lambda: {"docs/README.md": "mine\n"}
    assert reader.base().read("docs/changed.md") == "one\n"


def test_the_first_command_does_not_run_from_half_a_copy(tmp_path):
    folder = reader_tree(tmp_path)
    (folder / ".course/reference/docs/course").mkdir(parents=True)
    said = command(folder, "exercises")
    assert "0 of" in said, said


def test_of_a_copy_that_fails_one_complaint_is_told(capsys, monkeypatch):
    def full(*_):
        raise shutil.Error([("here", "there", f"[Errno 28] No space left on device: '{number}'") for number in range(999)])

    monkeypatch.setitem(commands.FOR_READERS, "exercises", full)
    assert commands.main(ROOT, ["exercises"]) == 2
    assert capsys.readouterr().err == "[Errno 28] No space left on device: '0'\n"


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


def hand_out(root, text):
    """A handout with one file, which says `text`."""
    staging = root / "staging"
    (staging / "docs").mkdir(parents=True, exist_ok=True)
    (root / "docs/course").mkdir(parents=True, exist_ok=True)
    (staging / "docs/README.md").write_text(text)
    (staging / "reference.sha256").write_text(f"{hashlib.sha256(text.encode()).hexdigest()}  docs/README.md\n")
    with tarfile.open(root / own_files.HANDOUT, "w:gz") as archive:
        archive.add(staging, arcname="reference")


def test_a_newer_handout_takes_the_place_of_the_older_ones_files(tmp_path):
    reference = Reference(tmp_path / ".course/reference")
    hand_out(tmp_path, "one\n")
    own_files.need(tmp_path, reference)
    assert reference.read("docs/README.md") == "one\n"
    (reference.folder / "docs/left.md").write_text("of the older one\n")
    own_files.need(tmp_path, reference)
    assert (reference.folder / "docs/left.md").is_file()  # nothing new: nothing is unpacked
    hand_out(tmp_path, "two\n")
    own_files.need(tmp_path, reference)
    own_files.verify(reference)
    assert reference.read("docs/README.md") == "two\n" and not (reference.folder / "docs/left.md").exists()


def test_in_a_handout_make_reference_restores_what_was_changed(tmp_path):
    reference = Reference(tmp_path / ".course/reference")
    hand_out(tmp_path, "one\n")
    own_files.need(tmp_path, reference)
    (reference.folder / "docs/README.md").write_text("mine\n")
    with pytest.raises(Problem, match="make reference"):
        own_files.verify(reference)
    commands.reference(tmp_path, [])
    own_files.verify(reference)
    assert reference.read("docs/README.md") == "one\n"


MERGED = b"""current 4.1

4.1 tries=x hints=1 passed=2026-11-21
<<<<<<< HEAD
4.2 tries=3
=======
4.2 hints=2 odd
>>>>>>> theirs
na\xefve
"""


def test_of_a_merged_progress_what_is_understood_counts_and_the_rest_stays(tmp_path):
    (tmp_path / ".course").mkdir()
    file = tmp_path / ".course/progress"
    file.write_bytes(MERGED)
    progress = Progress(tmp_path)
    assert progress.current == "4.1" and progress.passed("4.1") and not progress.count("4.1", "tries")
    assert progress.add("4.2", "tries") == 4 and progress.add("4.1", "tries") == 1
    lines = file.read_bytes().splitlines()
    assert b"4.1 tries=1 hints=1 passed=2026-11-21" in lines and b"4.2 tries=4" in lines
    assert lines[-5:] == [b"<<<<<<< HEAD", b"=======", b"4.2 hints=2 odd", b">>>>>>> theirs", b"na\xefve"]
    progress.go_to("4.2")
    assert file.read_bytes().splitlines()[1:] == lines[1:]
