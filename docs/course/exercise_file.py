"""Reads the exercises as their authors write them, in docs/NN-slug/exercises/.

Two files make an exercise: `1-encode-descriptor.md` is what the reader sees, a title and prose;
`1-encode-descriptor.grader.md` is data: first lines of `key: value`, then sections.
docs/contributing-exercises.md says what may stand there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict, List, Optional

from .exercise import KINDS, Block, Exercise, ExerciseError, Hint, Section, Solution

REPEATED = ("hole", "edit", "program", "check")
FENCE = re.compile(r"^```(\w*) ?(.*)\n((?:.*\n)*?)^```$\n?", re.MULTILINE)
KEY = re.compile(r"([a-z-]+): (.*)")


def parse_sections(text: str) -> List[Section]:
    """The text in front of the first `## ` comes first, as a section without title."""
    fences = {}

    def keep(found) -> str:  # a fenced block may hold a line that begins with ##
        fences[f"\0{len(fences)}\0"] = Block(found[1], found[2].strip(), found[3])
        return f"\0{len(fences) - 1}\0\n"

    sections = []
    for part in re.split(r"^## ", "## " + FENCE.sub(keep, text), flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n") if sections else ("", "", part)
        keys: Dict[str, str] = {}
        lines = body.splitlines()
        while lines and (KEY.fullmatch(lines[0]) or (not lines[0].strip() and not keys)):
            found = KEY.fullmatch(lines.pop(0))
            if found:
                key, value = found.groups()
                keys[key] = keys[key] + "\n" + value if key in keys else value
        marks = re.findall(r"\0\d+\0", "\n".join(lines))
        prose = "\n".join(lines)
        for mark in marks:
            block = fences[mark]
            prose = prose.replace(mark, f"```{block.language}\n{block.text}```")
        sections.append(Section(title.strip(), keys, prose.strip(), [fences[mark] for mark in marks]))
    return sections


def load(file: Path) -> Exercise:
    """The exercise whose prose is in `file`."""
    chapter = file.parent.parent.name
    found = re.fullmatch(r"(\d+)-([a-z0-9-]+)\.md", file.name)
    data = file.with_name(file.stem + ".grader.md")
    if not found or not data.is_file():
        raise ExerciseError(f"{file}: an exercise is a pair, N-some-name.md and N-some-name.grader.md")
    number = f"{int(chapter[:2])}.{int(found[1])}"
    title, _, text = file.read_text(encoding="utf-8").partition("\n")
    head, *sections = parse_sections(data.read_text(encoding="utf-8"))
    lists = {key: head.keys.get(key, "").splitlines() for key in REPEATED}
    exercise = Exercise(number, found[2], chapter, re.sub(r"^# (Exercise )?([\d.]+:? )?", "", title), text.strip(),
                        head.keys.get("kind", ""), file, head.keys, lists,
                        [tuple(hole.split(": ", 1)) for hole in lists["hole"]], sections=sections)
    if exercise.kind not in KINDS:
        raise ExerciseError(f"{data.name}: kind must be one of {', '.join(KINDS)}")
    for section in sections:
        _take(exercise, section, data.name)
    return exercise


def _take(exercise: Exercise, section: Section, name: str) -> None:
    word, _, rest = section.title.partition(" ")
    if word == "Change":
        exercise.changes += section.blocks
    elif word == "Main":
        exercise.main = section.blocks[0].text
    elif word == "Answer":
        exercise.answer = section.prose
    elif word == "Hint":
        found = re.fullmatch(r"([1-5])(?: ([a-z0-9-]+)(?:: (.*))?)?", rest)
        if not found:
            raise ExerciseError(f"{name}: a hint is '## Hint LEVEL', or that and 'BRANCH' or 'BRANCH: pattern'")
        exercise.hints.append(Hint(int(found[1]), found[2] or "", found[3] or "", section.prose))
    elif word in ("Right:", "Wrong:"):
        relative = exercise.kind == "write" and section.blocks and section.blocks[0].language == "diff"
        base = section.keys.get("from", "reference" if relative else "start")
        solution = Solution(rest, section.keys.get("hint", ""), base, section.blocks)
        (exercise.rights if word == "Right:" else exercise.wrongs).append(solution)
    elif word == "Equal":
        exercise.equals = equal_mutants(section.prose)
    elif word not in ("Hole", "Program"):
        raise ExerciseError(f"{name}: there is no section called {section.title!r}")


def equal_mutants(prose: str) -> Dict[str, str]:
    """Lines `- NAME`, and indented below one or several of them the reason that they share."""
    reasons: Dict[str, str] = {}
    names: List[str] = []
    for line in prose.splitlines():
        if line.startswith("- "):
            names = names + [line[2:]] if not names or not reasons[names[-1]] else [line[2:]]
            reasons[line[2:]] = ""
        elif line.strip():
            reasons.update({name: f"{reasons[name]} {line.strip()}".strip() for name in names})
    return reasons


def load_all(root: Path) -> List[Exercise]:
    files = [file for file in root.glob("docs/[0-9][0-9]-*/exercises/*.md") if not file.name.endswith(".grader.md")]
    exercises = sorted((load(file) for file in files), key=lambda exercise: exercise.order)
    numbers = [exercise.number for exercise in exercises]
    for number in numbers:
        if numbers.count(number) > 1:
            raise ExerciseError(f"two exercises have the number {number}")
    return exercises


def find(exercises: List[Exercise], number: str) -> Optional[Exercise]:
    return next((exercise for exercise in exercises if exercise.number == number), None)
