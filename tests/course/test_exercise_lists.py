"""The chapters' lists of exercises are what lies in their folders; there are as many of each kind as the course needs.

    /usr/bin/python3 tests/course/test_exercise_lists.py    writes the lists anew
"""

from collections import Counter
from pathlib import Path

import pytest

from course import exercise_file
from course.document import ROOT, around, headings

CHAPTERS = sorted((ROOT / "docs").glob("[0-9][0-9]-*/README.md"))
EXERCISES = exercise_file.load_all(ROOT)
BEGIN, END = "<!-- exercises -->\n", "<!-- /exercises -->\n"
IN_ALL, IN_A_CHAPTER = 60, 4
WORDS_OF_AN_ANSWER = 30
OF_A_KIND = {"predict": 12, "repair": 20, "write": 20, "extend": 4, "explain": 4}


def of_chapter(readme: Path):
    return [one for one in EXERCISES if one.file.parent.parent == readme.parent]


def list_for(readme: Path) -> str:
    exercises = of_chapter(readme)
    lines = [f"`make exercise N={exercises[0].number}` starts the first one, `make learn` leads through them all.", "",
             "| | Exercise | Kind | Minutes |", "|---|---|---|---|"]
    for one in exercises:
        lines.append(f"| {one.number} | [{one.title}](exercises/{one.file.name}) | {one.kind} | {one.keys['minutes']} |")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("readme", CHAPTERS, ids=lambda readme: readme.parent.name)
def test_a_chapters_list_is_what_its_folder_has(readme):
    assert around(readme, BEGIN, END)[1] == list_for(readme), f"{Path(__file__).relative_to(ROOT)} writes it anew"


@pytest.mark.parametrize("readme", CHAPTERS, ids=lambda readme: readme.parent.name)
def test_a_chapters_exercises_are_numbered_from_1(readme):
    numbers = [int(one.number.partition(".")[2]) for one in of_chapter(readme)]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= IN_A_CHAPTER


@pytest.mark.parametrize("readme", CHAPTERS, ids=lambda readme: readme.parent.name)
def test_what_is_to_be_read_for_an_exercise_is_there(readme):
    sections = [text for _, text in headings(readme)]
    assert [one.number for one in of_chapter(readme) if one.keys.get("read") not in sections] == []


def test_each_says_after_a_pass_why_it_is_right():
    assert [one.number for one in EXERCISES if len(one.answer.split()) < WORDS_OF_AN_ANSWER] == []


@pytest.mark.parametrize("kind", OF_A_KIND)
def test_there_are_enough_of_a_kind(kind):
    assert Counter(one.kind for one in EXERCISES)[kind] >= OF_A_KIND[kind] and len(EXERCISES) >= IN_ALL


if __name__ == "__main__":
    for chapter in CHAPTERS:
        head, _, tail = around(chapter, BEGIN, END)
        chapter.write_text(head + list_for(chapter) + tail)
