"""The reader's kernel: the functions that have passed stay the reader's own. Each is kept by exercise and function, as
.course/mine/4.1/1-gdt.hpp: all that follows the parameter list, or the lines under a NASM label.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Callable, Collection, Dict, List

from .exercise import Exercise, Texts
from .progress import save_text
from .source import SourceError, piece_of, replaced


def name_of(what: str) -> str:
    """The function's, out of what a `hole:` says."""
    found = re.search(r"([\w:~]+)\s*\(", what)
    return f"{found[1]}()" if found else what.split()[0]


class Mine:
    def __init__(self, folder: Path, exercises: List[Exercise]):
        self.folder = folder
        self.exercises = [one for one in exercises if one.holes]

    def _file(self, exercise: Exercise, index: int) -> Path:
        return self.folder / exercise.number / f"{index + 1}-{Path(exercise.holes[index][0]).name}"

    def of(self, exercise: Exercise) -> List[str]:
        """The reader's bodies of its holes; none if they are not the reader's."""
        files = [self._file(exercise, index) for index in range(len(exercise.holes))]
        return [file.read_text(encoding="utf-8") for file in files] if all(file.is_file() for file in files) else []

    def kept(self) -> List[Exercise]:
        return [one for one in self.exercises if self.of(one)]

    def keep(self, exercise: Exercise, texts: Texts) -> None:
        pieces = [(texts[name], piece_of(name, texts[name], what)) for name, what in exercise.holes]
        self.put(exercise, [text[piece.begin : piece.end] for text, piece in pieces])

    def put(self, exercise: Exercise, bodies: List[str]) -> None:
        """As `of` has returned them."""
        if not bodies:
            self.forget(exercise)
        for index, body in enumerate(bodies):
            file = self._file(exercise, index)
            file.parent.mkdir(parents=True, exist_ok=True)
            save_text(file, body)

    def forget(self, exercise: Exercise) -> None:
        shutil.rmtree(self.folder / exercise.number, ignore_errors=True)

    def texts(self, read: Callable[[str], str], only: Collection[Exercise]) -> Texts:
        """The course's files with the functions of these exercises in them. What no longer fits stays the course's."""
        found: Texts = {}
        for exercise in only:
            for (name, what), body in zip(exercise.holes, self.of(exercise)):
                text = found.get(name) or read(name)
                try:
                    found[name] = replaced(text, piece_of(name, text, what), body)
                except SourceError:
                    pass
        return found

    def without(self, texts: Texts, read: Callable[[str], str], drop: Collection[Exercise]) -> Texts:
        """Files of the reader's with the course's own version of these exercises' functions."""
        found = dict(texts)
        for exercise in drop:
            for name, what in exercise.holes:
                if name in found:
                    course = read(name)
                    piece = piece_of(name, course, what)
                    found[name] = replaced(found[name], piece_of(name, found[name], what), course[piece.begin : piece.end])
        return found


def count(mine: Mine) -> Dict[str, int]:
    """How many functions are the reader's, of how many."""
    return {"yours": sum(len(one.holes) for one in mine.kept()), "all": sum(len(one.holes) for one in mine.exercises)}
