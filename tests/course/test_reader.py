"""What a reader has written is not lost, not mixed with the course's lines, and not judged in another's place. Nothing is built."""

import errno
from pathlib import Path

import pytest
from course import exercise_file
from course.document import ROOT
from course.learn import Loop
from course.problem import Problem
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


def test_a_solution_leaves_the_open_function_of_the_same_file_as_it_is(reader):
    passes(reader, HEADER, "// first")
    reader.start(SEGMENT.number)
    write(reader, SEGMENT, "// mine")
    reader.solution(HEADER.number)
    text = (reader.root / FILE).read_text()
    assert "// mine" in body(text, SEGMENT) and body(text, HEADER) == body(READ(FILE), HEADER)
    reader.start(SEGMENT.number, reset=True)
    repair = next(one for one in EXERCISES if one.kind == "repair")
    repair.files, repair.lists = lambda: [FILE], {"edit": [FILE]}
    reader.solution(repair.number)
    assert "is not solved yet" in (reader.root / FILE).read_text()
    reader.progress.go_to("")
    assert reader.solution(SEGMENT.number) and (reader.root / FILE).read_text() == READ(FILE)


def test_work_that_was_left_comes_back_beside_the_functions_as_they_are_now(reader):
    passes(reader, HEADER, "// wrong")
    reader.start(SEGMENT.number)
    write(reader, SEGMENT, "// mine")
    with (reader.root / FILE).open("a") as file:
        file.write("// my helper\n")
    reader.start(HEADER.number, reset=True)
    passes(reader, HEADER, "// right")
    assert "go on with your work" in " ".join(reader.start(SEGMENT.number))
    text = (reader.root / FILE).read_text()
    assert "// right" in body(text, HEADER) and "// mine" in body(text, SEGMENT) and "// my helper" in text


def test_of_work_on_an_older_course_the_functions_alone_come_back(reader, monkeypatch):
    write(reader, SEGMENT, "// mine")
    file = reader.root / FILE
    file.write_text(file.read_text() + "// of the older course\n")
    reader.start(HEADER.number)
    monkeypatch.setattr("course.own_files.taken_at", lambda _: 2e10)
    assert "outside them" in " ".join(reader.start(SEGMENT.number))
    assert "// mine" in file.read_text() and "older course" not in file.read_text()
    reader.start(HEADER.number)  # and what is no function any more comes back whole
    for kept in (reader.root / ".course/saved" / SEGMENT.number).rglob("*.cpp"):
        kept.write_text("// nothing else\n")
    reader.start(SEGMENT.number)
    assert file.read_text() == "// nothing else\n"


def test_what_is_not_open_is_not_judged(reader):
    with pytest.raises(Problem, match=f"make exercise N={HEADER.number}"):
        reader.check(HEADER.number)
    assert not reader.progress.done(HEADER.number) and not reader.mine.kept()
    passes(reader, SEGMENT, "// mine")
    reader.start(HEADER.number)
    assert reader.check(SEGMENT.number).passed and reader.check(HEADER.number).passed
    assert reader.check(EXPLAINED.number, "word " * 9)


@pytest.fixture
def builder(reader, monkeypatch):
    """The same, and a kernel does not build as long as a function with "// broken" is in it."""
    passes(reader, HEADER, "// first")
    passes(reader, SEGMENT, "// second")
    del reader.base
    monkeypatch.setattr("course.own_files.hashes_of", lambda _: reader.root / FILE)
    monkeypatch.setattr(Reference, "take", lambda self, _, texts, __: setattr(self, "texts", b"".join(texts.values())))
    monkeypatch.setattr(Reference, "build", lambda self, *_: f"{FILE}:1: error: no" if b"// broken" in self.texts else "")
    return reader


def break_kept(reader, exercise):
    reader.mine.put(exercise, [kept.replace("{", "{ // broken\n", 1) for kept in reader.mine.of(exercise)])


def test_a_function_that_builds_no_more_is_not_in_the_way_of_its_own_exercise(builder):
    break_kept(builder, HEADER)
    builder.start(HEADER.number, reset=True)
    write(builder, HEADER, "// now")
    assert builder.check().passed and "// now" in builder.mine.of(HEADER)[0]


def test_a_function_that_builds_no_more_is_named(builder):
    passed = builder.mine.of(HEADER)
    break_kept(builder, HEADER)
    builder.start(SEGMENT.number, reset=True)
    verdict = builder.check()
    assert f"read_file_header() of {HEADER.number}" in verdict.sentence, verdict
    assert f"`make solution N={HEADER.number}`" in verdict.sentence and "doctor" not in verdict.sentence
    builder.solution(HEADER.number)
    write(builder, SEGMENT, "// now")
    assert builder.check().passed
    builder.mine.put(HEADER, passed)
    break_kept(builder, HEADER)
    builder.start(HEADER.number, reset=True)
    builder.reference.build = lambda *_: "nothing builds"
    assert "make doctor" in builder.check().sentence


def test_an_answer_on_the_command_line_is_where_it_is_handed_in_from(reader):
    reader.start(PREDICTED.number)
    file = Progress(reader.root).answer_file(PREDICTED.number)
    reader.check(answer="vector=13; error=0x18")
    assert file.read_text() == "vector=13; error=0x18\n"
    reader.start(EXPLAINED.number)
    reader.progress.answer_file(EXPLAINED.number).write_text("an answer of many words\n")
    reader.check(answer="another one")
    assert any("many words" in kept.read_text() for kept in (reader.root / ".course/saved").rglob("*.txt"))


def test_the_readers_new_files_are_among_the_changes(reader):
    for name in ("kernel/lib/mine.cpp", "docs/notes.md"):
        reader.put({name: "// mine\n"})
    assert reader.own_changes()["kernel/lib/mine.cpp"] == "// mine\n" and "docs/notes.md" not in reader.own_changes()


def test_a_file_with_an_open_function_may_be_gone(reader):
    assert reader.open_files() == [FILE]
    (reader.root / FILE).unlink()
    assert reader.open_files() == []


def test_the_difference_to_the_solution_is_that_of_this_exercise_alone(reader):
    passes(reader, HEADER, "// first")
    reader.start(SEGMENT.number)
    assert not any("// first" in line for line in reader.difference(SEGMENT))
    passes(reader, SEGMENT, "// mine")
    reader.start(SEGMENT.number, reset=True)
    assert not any("// mine" in line for line in reader.difference(SEGMENT))


def test_an_exercise_that_a_new_course_does_not_have_is_none(reader):
    reader.progress.go_to("99.9")
    loop = Loop(reader)
    assert loop.exercise is None and loop.state() == {}
    loop.start("")
    assert loop.offered
    assert reader.solution(HEADER.number)


def test_a_hint_after_an_earlier_function_was_blamed_is_about_that_one(reader, monkeypatch):
    passes(reader, HEADER, "// first")
    reader.start(SEGMENT.number)
    write(reader, SEGMENT, "// mine")
    reader.verdict = NOT_YET
    verdict = reader.check()
    verdict.hint = SEGMENT.hints[1].name
    results = [False, True]
    monkeypatch.setattr("course.grade.Grader", lambda *_: type("Grader", (), {
        "grade": lambda self, exercise, *_, **__: type(verdict)(exercise.number, "pass" if results.pop() else NOT_YET, "")})())
    reader.progress.keep_verdict(reader._blamed(SEGMENT, reader.texts(SEGMENT), verdict, print).as_json())
    for _ in range(2):
        said = " ".join(reader.hint())
        assert f"make exercise N={HEADER.number} RESET=1" in said and "Hint 1" not in said, said


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


def handout(folder, monkeypatch, exercises, current):
    """At that exercise, in a tree that was handed out with the functions of all of these open."""
    texts = {}
    for one in exercises:
        texts.update(one.start(lambda name: texts.get(name) or READ(name)))

    class Handout(Reference):
        opened = True
        build = lambda *_: ""  # noqa: E731

        def read(self, name):
            return texts.get(name) or super().read(name)

        def start_of(self, exercise):
            return {name: texts[name] for name in exercise.files() if name in texts}

    reader = quick_reader(folder, monkeypatch, EXERCISES, current)
    reader._mine.exercises = []
    reader.reference = Handout(ROOT)
    reader.put(texts)
    return reader


def test_in_a_handout_functions_stay_when_their_file_is_to_be_extended(tmp_path, monkeypatch):
    split = next(one for one in EXERCISES if "Heap::split()" in dict(map(reversed, one.holes)))
    extend = next(one for one in EXERCISES if one.kind == "extend" and split.holes[0][0] in one.files())
    reader = handout(tmp_path, monkeypatch, [split, extend], split)
    file = tmp_path / split.holes[0][0]
    file.write_text(READ(split.holes[0][0]))
    assert reader.check().passed
    reader.start(extend.number)
    assert "is not solved yet" not in file.read_text()


def test_in_a_handout_each_function_stays_when_another_of_its_file_is_begun_or_left(tmp_path, monkeypatch):
    reader = handout(tmp_path, monkeypatch, [HEADER, SEGMENT], HEADER)
    passes(reader, HEADER, "// first")
    reader.start(SEGMENT.number)
    text = (reader.root / FILE).read_text()
    assert "// first" in body(text, HEADER) and "is not solved yet" in body(text, SEGMENT)
    write(reader, SEGMENT, "// second")
    reader.start(EXPLAINED.number)
    assert "// first" in body((reader.root / FILE).read_text(), HEADER)
    reader.start(SEGMENT.number)
    text = (reader.root / FILE).read_text()
    assert "// first" in body(text, HEADER) and "// second" in body(text, SEGMENT)
    reader.start(SEGMENT.number, reset=True)
    text = (reader.root / FILE).read_text()
    assert "// first" in body(text, HEADER) and "is not solved yet" in body(text, SEGMENT)


@pytest.fixture
def loop(reader, monkeypatch):
    """`make learn`, that notes the texts it would judge."""
    loop = Loop(reader)
    loop.judged = []
    monkeypatch.setattr(loop, "judge", lambda: loop.remember() or loop.judged.append(
        (reader.root / FILE).read_text() if (reader.root / FILE).is_file() else None))
    loop.remember()
    return loop


def test_a_save_is_judged_when_it_is_complete(reader, loop):
    file, away = reader.root / FILE, reader.root / "away"
    file.rename(away)
    for _ in range(3):
        loop.look()
    file.write_text("half of")
    loop.look()
    assert not loop.judged
    file.write_text("all of it")
    for _ in range(3):
        loop.look()
    assert loop.judged == ["all of it"]
    file.unlink()
    for _ in range(30):
        loop.look()
    assert loop.judged == ["all of it", None]  # it does not come back: that is told, once


def test_a_file_may_go_while_it_is_looked_at(reader, loop, monkeypatch):
    monkeypatch.setattr(Path, "is_file", lambda self: True)
    (reader.root / FILE).unlink()
    assert loop.state().keys() <= {str(reader.root / FILE)}
