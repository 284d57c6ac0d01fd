"""The catalogue of mistakes, without building anything: its data are complete, and fit the source as it is."""

import re
import shutil
import subprocess
import sys

import pytest

from course import catalogue_of_mistakes as catalogue
from course import locks
from course.catalogue_of_mistakes import EMULATORS, ROOT, SYMPTOMS, Edit, Mutation, MutationError
from machine.diagnosis.mistakes import MISTAKES
from mutations import building
from mutations.__main__ import CLAIMS, NOT, PARTLY, Result, explained, how_many, judge
from mutations.booting import Seen, shown_in

ALL = catalogue.load()
CATALOGUE = range(1, 105)  # the numbers of the mistakes
CHAPTERS = range(1, 21)
TEST_CASES = re.compile(r'^TEST_CASE\("([^"]*)"', re.MULTILINE)

each = pytest.mark.parametrize("mutation", ALL, ids=[mutation.id for mutation in ALL])


def test_names_are_unique():
    names = [mutation.id for mutation in ALL]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


def test_every_mistake_is_here_or_has_a_reason():
    here = {number for mutation in ALL for number in mutation.mistakes}
    not_here = catalogue.not_here()
    assert here | set(not_here) == set(CATALOGUE)
    assert not here & set(not_here)
    assert all(not_here.values())
    assert len(here) >= 70


@each
def test_it_fits_the_source(mutation):
    assert mutation.edits
    assert mutation.problems() == []


@each
def test_its_fields_make_sense(mutation):
    assert mutation.mistakes or mutation.states
    assert mutation.chapter in CHAPTERS
    assert mutation.title and not mutation.title.endswith(".")
    assert {mutation.symptom, *mutation.or_symptom.split()} <= set(SYMPTOMS)
    assert mutation.likely in {*MISTAKES, ""}
    assert mutation.explained == "" or mutation.likely and mutation.explained in (PARTLY, NOT)
    assert mutation.emulator in EMULATORS and mutation.loader in ("direct", "grub")
    for pattern in mutation.says:
        re.compile(pattern)
    for words in mutation.modules:
        name = re.sub(r"\.elf$", "", words.split(" ")[0])
        assert list((ROOT / "programs").glob(f"{name}.*")), words


@each
def test_the_documentation_says_what_it_shows(mutation):
    for statement in mutation.states:
        file, _, words = statement.partition(": ")
        assert " ".join(words.split()) in " ".join((ROOT / file).read_text().split())


@each
def test_somebody_notices_it(mutation):
    """Words or a cause for what is seen; for what is not, a test that notices, or the reason why nothing needs to."""
    if mutation.symptom != "silent":
        assert mutation.says or mutation.cause
    else:
        assert bool(mutation.caught_by) != bool(mutation.harmless)
    if mutation.caught_by:
        kind, _, name = mutation.caught_by.partition(": ")
        file, _, test = name.partition("::")
        if kind == "unit":
            sources = (ROOT / "tests/unit").glob("*_test.cpp")
            assert any(name in TEST_CASES.findall(source.read_text()) for source in sources)
        else:
            assert kind == "boot" and f"\ndef {test}(" in (ROOT / "tests/boot" / file).read_text()


@each
def test_a_run_can_say_what_a_right_kernel_does(mutation):
    """Where a boot of the right kernel does not show it: because nothing is to be seen, or because it does not end."""
    needed = mutation.symptom == "silent" and mutation.caught_by or not mutation.append.startswith("poweroff") or "log=" in mutation.append
    assert mutation.right or not needed
    assert not mutation.right.endswith(".")


def test_what_a_boot_shows_is_said_in_a_line():
    serial = """[info ] frames: 31348 KiB free, table of 32 KiB at 0x0013C000
[info ] process 1 (freed-heap): started, flat, 7632 bytes
freed-heap: it begins
page fault #PF, vector 14, in user mode
  at eip     0x0000005a main (programs/misbehave/freed-heap.c:12)
[info ] process 1 (freed-heap): killed by SIGSEGV (page fault)
[info ] power: off
"""
    assert shown_in(serial) == '"freed-heap: it begins"; process 1 (freed-heap): killed by SIGSEGV (page fault)'


def test_what_the_kernels_reports_conclude_is_in_its_source():
    source = "".join(file.read_text() for file in (ROOT / "kernel").rglob("*.cpp"))
    for claim in CLAIMS:
        assert claim in source, claim


def shown(**fields):
    return Seen(**{"symptom": "panic", "words": "", **fields})


def test_how_well_a_mutation_is_explained():
    """Exactly, partly, wrongly: by the names alone, whether a cause named them or the kernel's report."""
    mutation = Mutation("m", "here:1", (1,), 1, "t", "panic", (), "pic-not-remapped", says=("words",))
    assert explained(mutation, shown(named=("pic-not-remapped",))) == "exactly"
    assert explained(mutation, shown(words=f"IRQ 0 {list(CLAIMS)[0]}.")) == "exactly"
    assert explained(mutation, shown(named=("timer-masked", "pic-not-remapped"))) == "partly"
    assert explained(mutation, shown()) == "partly"  # what had to be seen was seen, and no more was said
    assert explained(mutation, shown(named=("timer-masked",))) == "wrongly"
    unnamed = Mutation("m", "here:1", (1,), 1, "t", "silent", ())
    assert explained(unnamed, shown()) == "not"
    assert explained(unnamed, shown(named=("timer-masked",))) == "wrongly"
    assert "the likely mistake is said to be timer-masked, and is none of those" in judge(unnamed, shown(symptom="silent", named=("timer-masked",)), ROOT)


@pytest.mark.parametrize(
    "named, least, complaint",
    [(("pic-not-remapped",), "", ""),
     ((), "", "it is explained partly, not exactly: pic-not-remapped is not named"),
     (("timer-masked", "pic-not-remapped"), "", "it is explained partly, not exactly: pic-not-remapped is not named alone"),
     (("timer-masked", "pic-not-remapped"), "partly", ""),
     ((), "partly", ""),
     (("pic-not-remapped",), "partly", "")],
)  # fmt: skip
def test_a_mutation_that_is_explained_less_well_than_it_was_fails(named, least, complaint):
    mutation = Mutation("m", "here:1", (1,), 1, "t", "panic", (), "pic-not-remapped", says=("words",), explained=least)
    problems = judge(mutation, shown(words="words", named=named), ROOT)
    assert problems[:1] == ([complaint] if complaint else [])


def test_what_has_a_problem_is_not_counted_as_explained():
    mutation = Mutation("m", "here:1", (1,), 1, "t", "panic", (), "pic-not-remapped")
    seen = shown(named=("pic-not-remapped",))
    results = [Result(mutation, "qemu", seen, problems, 0) for problems in ([], ["the symptom is another"])]
    assert how_many(results)["exactly"] == 1


def test_an_entry_is_read_as_it_is_written(tmp_path, monkeypatch):
    (tmp_path / "one.txt").write_text(
        "# a comment\n[a-b]\ntitle: words: and more\nmistake: 3, 5-6\nchapter: 7\nsymptom: silent\nlikely: d-e\nexplained: partly\nsays: x+\nsays: y\n"
        "modules: one\nmodules: two 2\nappend:\ntype: q\\n\nfile: f.cpp\n \n-    old\n+    new\n+\nfile: g.cpp\n+first\n line\n"
    )
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    monkeypatch.setattr(catalogue, "LAYERS", ("one",))
    [found] = catalogue.load()
    assert (found.id, found.title, found.mistakes, found.chapter) == ("a-b", "words: and more", (3, 5, 6), 7)
    assert (found.likely, found.explained) == ("d-e", "partly")
    assert (found.says, found.modules, found.append, found.type) == (("x+", "y"), ("one", "two 2"), "", "q\n")
    assert [(edit.file, edit.before, edit.after) for edit in found.edits] == [
        ("f.cpp", "\n    old\n", "\n    new\n\n"),
        ("g.cpp", "line\n", "first\nline\n"),
    ]


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("[a]\ntitle: t\nmistake: 1\nchapter: 2\n", "symptom"),
        ("[a]\ntitle: t\ntitle: u\n", "title"),
        ("[a]\nwrong: t\n", "wrong"),
        ("title: t\n", "name in brackets"),
    ],
)
def test_bad_data_are_refused(tmp_path, monkeypatch, text, complaint):
    (tmp_path / "one.txt").write_text(text)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    monkeypatch.setattr(catalogue, "LAYERS", ("one",))
    with pytest.raises(MutationError, match=complaint):
        catalogue.load()


def sample(before: str, after: str) -> Mutation:
    return Mutation("sample", "here:1", (1,), 1, "t", "panic", (Edit("file", before, after),))


def test_only_whole_lines_that_stand_there_once_are_changed(tmp_path):
    file = tmp_path / "file"
    file.write_text("one\nand one\ntwo\ntwo\n")
    assert "2 times" in sample("two\n", "").problems(tmp_path)[0]
    assert "0 times" in sample("on\n", "").problems(tmp_path)[0]
    with pytest.raises(MutationError):
        sample("two\n", "").apply(tmp_path)
    sample("one\n", "1\n").apply(tmp_path)
    assert file.read_text() == "1\nand one\ntwo\ntwo\n"


def test_all_are_put_into_a_tree_of_their_own(tmp_path):
    """Not into ours: and they change just the files that they name."""
    mutation = catalogue.find("iret-rpl-0")
    [edit] = mutation.edits
    before = (ROOT / edit.file).read_text()
    copy = tmp_path / edit.file
    copy.parent.mkdir(parents=True)
    shutil.copy2(ROOT / edit.file, copy)
    mutation.apply(tmp_path)
    assert edit.after in copy.read_text() and edit.before not in copy.read_text()
    assert (ROOT / edit.file).read_text() == before


@pytest.mark.parametrize("command", [["run", "qemu", ALL[0].id], ["test", "--only", ALL[0].id]], ids=lambda words: words[0])
def test_a_tree_that_another_command_builds_is_left_alone(command):
    """`make qemu MUTATION=x` beside `make test`: the one that comes later waits."""
    with locks.removable(building.MUTATED / ALL[0].id):
        with subprocess.Popen([sys.executable, "-m", "mutations", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as other:
            said = other.stderr.readline()
            other.kill()
    assert said.startswith(f"-- waiting for build/mutations/{ALL[0].id}: ")
