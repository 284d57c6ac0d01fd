"""What a reader has written is not lost, not mixed with the course's lines, and not judged in another's place. Nothing is built."""

import errno
from pathlib import Path

import pytest
from course import exercise_file, hints
from course.document import ROOT
from course.learn import Loop
from course.own_files import Problem
from course.progress import Progress
from course.source import cpp_function
from course.tree import Reference
from course.verdict import NOT_YET
from readers import quick_reader

EXERCISES = exercise_file.load_all(ROOT)
HEADER, SEGMENT = (next(one for one in EXERCISES if one.slug == slug) for slug in ("check-the-file-header", "check-a-segment"))
PREDICTED, EXPLAINED = (next(one for one in EXERCISES if one.kind == kind) for kind in ("predict", "explain"))
FILE = HEADER.holes[0][0]  # and the other one's
READ = Reference(ROOT).read


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """At the second of two functions in one file."""
    reader = quick_reader(tmp_path, monkeypatch, EXERCISES, SEGMENT)
    reader.progress.go_to("")
    reader.start(SEGMENT.number)
    return reader


def body(text, exercise):
    piece = cpp_function(text, exercise.holes[0][1].removesuffix("()"))
    return text[piece.begin : piece.end]


def write(reader, exercise, line):
    """The course's function with one more line at its beginning, in the file as it is."""
    text = (reader.root / FILE).read_text()
    new = body(READ(FILE), exercise).replace("{", "{\n    " + line, 1)
    (reader.root / FILE).write_text(text.replace(body(text, exercise), new))


def passes(reader, exercise, line):
    if reader.progress.current != exercise.number or not reader.progress.unfinished(exercise.number):
        reader.start(exercise.number, reset=reader.progress.done(exercise.number))
    write(reader, exercise, line)
    assert reader.check().passed


def saved(reader, line):
    """In how many of the files that were kept it is."""
    return sum(line in file.read_text() for file in (reader.root / ".course/saved").rglob("*.cpp"))


def test_a_function_that_has_passed_is_kept_when_it_is_begun_again(reader):
    passes(reader, HEADER, "// first")
    reader.put({FILE: reader.read(FILE)})  # as it is when another exercise was done meanwhile
    assert "is kept in .course/saved/before-" in " ".join(reader.start(HEADER.number, reset=True))
    reader.solution(HEADER.number)
    assert saved(reader, "// first")
    passes(reader, HEADER, "// second")
    passes(reader, HEADER, "// third")
    assert saved(reader, "// second") and "// third" in reader.mine.of(HEADER)[0]
    said = reader.solution(HEADER.number)
    assert saved(reader, "// third") == 1 and len(said) == 2, said


def test_an_answer_is_kept_when_it_is_begun_again(reader):
    reader.start(EXPLAINED.number)
    file = Progress(reader.root).answer_file(EXPLAINED.number)
    file.write_text(EXPLAINED.answer)
    reader.start(EXPLAINED.number, reset=True)
    assert EXPLAINED.answer not in file.read_text()
    assert any(EXPLAINED.answer in kept.read_text() for kept in (reader.root / ".course/saved").rglob("*.txt"))


def test_a_full_disk_leaves_a_file_as_it_was(reader, monkeypatch):
    before = (reader.root / FILE).read_text()

    def full(self, text, **_):
        self.write_bytes(b"")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError):
        reader.put({FILE: "// other\n"})
    monkeypatch.undo()
    assert (reader.root / FILE).read_text() == before and not list(reader.root.rglob("*.new"))
