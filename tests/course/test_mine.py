"""A pass is recorded whatever the file looks like, and the functions that have passed stay the reader's own. Nothing is built."""

from types import SimpleNamespace

import pytest
from course import exercise_file, grade
from course.document import ROOT
from course.progress import Progress
from course.source import SourceError, cpp_function
from course.tree import Reference
from course.verdict import NOT_YET, PASS, Verdict
from readers import quick_reader

EXERCISES = exercise_file.load_all(ROOT)
COPY = next(one for one in EXERCISES if one.slug == "copy-what-overlaps")
FILE = COPY.holes[0][0]
READ = Reference(ROOT).read


@pytest.fixture
def reader(tmp_path, monkeypatch):
    return quick_reader(tmp_path, monkeypatch, EXERCISES, COPY)


def write(reader, text):
    (reader.root / FILE).parent.mkdir(parents=True, exist_ok=True)
    (reader.root / FILE).write_bytes(text if isinstance(text, bytes) else text.encode())


def with_line(line):
    """The file, with another first line in the function."""
    text = READ(FILE)
    piece = cpp_function(text, "memmove")
    return text[: piece.begin] + text[piece.begin : piece.end].replace("{", "{\n" + line, 1) + text[piece.end :]


OLD = "\nvoid* memmove(void* destination, const void*, std::size_t) {\n    return destination;\n}\n"


def test_an_old_attempt_that_is_not_compiled_is_not_the_function(reader):
    text = with_line("    // mine")
    dead = f"\n#if 0\n#ifdef A{OLD}#else\n#endif\n{OLD}#else\nint other();\n#endif\n"
    for whole in (dead + text, text + dead):
        write(reader, whole)
        assert reader.check().passed and "// mine" in reader.mine.of(COPY)[0]
    with pytest.raises(SourceError):
        cpp_function(text + dead.replace("#if 0", "#if 1"), "memmove")


def test_a_pass_is_recorded_where_the_function_can_not_be_kept(reader):
    write(reader, READ(FILE) + OLD.replace("const void*", "int"))
    verdict = reader.check()
    assert verdict.passed and Progress(reader.root).passed(COPY.number)
    assert "it is not kept for `make mine`: 2 functions called memmove are defined" in verdict.notes
    reader.verdict = NOT_YET
    other = next(one for one in EXERCISES if one.holes and one is not COPY)
    reader.mine.put(other, ["{}" for _ in other.holes])
    reader.mine.without = lambda *_: cpp_function("", "memmove")  # an earlier function, there twice
    assert reader.check().verdict == NOT_YET


def test_what_has_passed_before_stays_where_a_later_pass_does_not_build_alone(reader):
    write(reader, with_line("    // first"))
    assert reader.check().passed
    write(reader, with_line("    // second"))
    build = lambda *_: "undefined reference" if "// second" in reader.mine.of(COPY)[0] else ""  # noqa: E731
    reader.base = lambda tell: SimpleNamespace(folder=ROOT, build=build)
    verdict = reader.check()
    assert verdict.passed and "the function needs lines of yours that are outside it" in " ".join(verdict.notes)
    assert "// first" in reader.mine.of(COPY)[0]

    def interrupted(*_):
        raise KeyboardInterrupt

    reader.base = lambda tell: SimpleNamespace(folder=ROOT, build=interrupted)
    with pytest.raises(KeyboardInterrupt):
        reader._keep(COPY, reader.texts(COPY), Verdict(COPY.number, PASS, ""), print)
    assert "// first" in reader.mine.of(COPY)[0]
    assert not list((reader.root / ".course/mine").rglob("*.new"))


def test_a_file_that_is_not_utf_8_is_judged_and_shown_and_kept_as_it_is(reader):
    odd = with_line("    // na\xefve").encode("latin-1")
    write(reader, odd)
    assert reader.where(COPY) and reader.show(COPY)
    verdict = reader.check()
    assert verdict.passed and f"{FILE} is not UTF-8 (line " in " ".join(verdict.notes)
    reader.progress.save(COPY.number, [FILE])
    write(reader, READ(FILE))
    reader.progress.go_to("")
    reader._open(COPY, reset=False)
    assert (reader.root / FILE).read_bytes() == odd


def test_what_will_be_refused_when_it_is_handed_in_is_told_with_the_pass(reader, monkeypatch):
    write(reader, with_line("    // mine"))
    assert "hand it in" not in " ".join(reader.check().notes)
    write(reader, with_line("    const char* here = __FILE__;"))
    verdict = reader.check()
    assert verdict.passed and f"if you hand it in, `make grade` will refuse it: {FILE} may not use __FILE__ here" in verdict.notes
    reader.verdict = NOT_YET
    assert "hand it in" not in " ".join(reader.check().notes)


@pytest.mark.parametrize("opened", [True, False])
def test_a_function_that_needs_other_lines_is_judged_alone_and_that_is_told_with_the_pass(reader, monkeypatch, opened):
    judged = []

    def verdict_on(exercise, texts, *_, **__):
        judged.append(texts[FILE])
        right = "one_byte" not in texts[FILE] or "one_byte = 1" in texts[FILE]
        return Verdict(exercise.number, PASS if right else NOT_YET, "so it is" if right else "a unit test fails")

    monkeypatch.setattr(Reference, "opened", opened)
    monkeypatch.setattr(grade, "Grader", lambda *_: SimpleNamespace(grade=verdict_on, compile=lambda *_: None))
    write(reader, with_line("    // mine"))
    verdict = reader.check()
    assert verdict.passed and "hand it in" not in " ".join(verdict.notes) and len(judged) == 1  # nothing but the function is other
    write(reader, with_line("    use(one_byte);").replace('extern "C"', 'constexpr int one_byte = 1;\n\nextern "C"', 1))
    assert "`make grade` will take the function without your other lines: a unit test fails" in " ".join(reader.check().notes)
    write(reader, with_line("    // mine").replace('extern "C"', 'constexpr int other = 1;\n\nextern "C"', 1))
    assert "hand it in" not in " ".join(reader.check().notes) and len(judged) == 5
