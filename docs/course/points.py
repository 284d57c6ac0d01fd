"""How many points an exercise gives, from points.txt or a teacher's own file of that form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Container, Dict, Tuple

from .exercise import KINDS, Exercise
from .problem import Problem
from .verdict import Verdict

PARTS = {"unit": "unit tests", "qemu": "QEMU"}  # stages of a judgement, in that order


@dataclass
class Scale:
    """By kind or number: the points, and what share of them a part gives that passed though a later one did not."""

    of: Dict[str, Tuple[float, Dict[str, float]]]

    def _entry(self, exercise: Exercise) -> Tuple[float, Dict[str, float]]:
        return self.of.get(exercise.number) or self.of.get(exercise.kind) or (1.0, {})

    def most(self, exercise: Exercise) -> float:
        return self._entry(exercise)[0]

    def score(self, exercise: Exercise, verdict: Verdict) -> float:
        most, shares = self._entry(exercise)
        if verdict.passed:
            return most
        passed = {stage.name for stage in verdict.stages if stage.passed} - {
            stage.name for stage in verdict.stages if not stage.passed}
        return most * max((share for part, share in shares.items() if PARTS[part] in passed), default=0.0)


def read(file: Path, numbers: Container[str]) -> Scale:
    """numbers: of the exercises that there are."""
    scale = Scale({})
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"the points in {file} can't be read: {error}") from None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            name, most, *parts = words
            shares = {part: float(share) for part, share in (word.split("=") for word in parts)}
            if set(shares) - set(PARTS) or not all(0 <= share <= 1 for share in shares.values()):
                raise ValueError
            if name in scale.of or not (name in KINDS or name in numbers) or not 0 <= float(most) < math.inf:
                raise ValueError
            scale.of[name] = float(most), shares
        except ValueError:
            raise Problem(f"{file}:{number}: a line is: a kind ({', '.join(KINDS)}) or an exercise's number, each once; points; and parts "
                          f"of them as {' or '.join(PARTS)}=SHARE, from 0 to 1") from None
    return scale
