"""What the reader has done, in plain files below .course/ in their tree (git ignores it).

    progress         one line an exercise, "4.1 tries=3 hints=1 passed=2026-11-21", and "current 4.1"; with solution=DATE
                     the course's solution was put in before it was passed: it is seen, and not the reader's own
    lock             who works on this tree (locks.py)
    last.json        the last verdict
    answers/4.2.txt  answers to what is answered on paper
    saved/4.1/...    files as they were before an exercise changed them, by date and time
    reference/       the course's own files, and what was built from them
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Dict, Iterable, List, Optional


def save_text(file: Path, text: str) -> None:
    """All of it or nothing: a terminal may be closed at any time, and a disk be full."""
    temporary = file.with_name(file.name + ".new")
    try:
        temporary.write_text(text, encoding="utf-8", errors="surrogateescape")
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


class Progress:
    def __init__(self, root: Path):
        self.root = root
        self.folder = root / ".course"
        self.current = ""
        self.of: Dict[str, Dict[str, str]] = {}
        self._others: List[str] = []  # lines that are not understood, as a merge leaves them: nothing is lost
        self._read()

    def _read(self) -> None:
        """What the file says now: before each change, for another command may have written it meanwhile."""
        self.current, self.of, self._others = "", {}, []
        file = self.folder / "progress"
        for line in file.read_text(encoding="utf-8", errors="surrogateescape").split("\n") if file.is_file() else []:
            word, *rest = line.split() or [""]
            if word == "current":
                self.current = rest[0] if rest else ""
            elif re.fullmatch(r"\d+\.\d+", word) and all("=" in part for part in rest):
                self.of.setdefault(word, {}).update(part.split("=", 1) for part in rest)  # twice, after a merge
            elif word:
                self._others.append(line)

    def _write(self) -> None:
        self.folder.mkdir(exist_ok=True)
        lines = [f"current {self.current}".strip()] if self.current else []
        numbers = sorted(self.of, key=lambda number: [int(part) for part in number.split(".")])
        lines += [" ".join([number] + [f"{key}={value}" for key, value in self.of[number].items()])
                  for number in numbers]
        lines += self._others
        save_text(self.folder / "progress", "\n".join(lines) + "\n")

    def get(self, number: str, key: str) -> str:
        return self.of.get(number, {}).get(key, "")

    def count(self, number: str, key: str) -> int:
        value = self.get(number, key)
        return int(value) if value.isdecimal() else 0

    def go_to(self, number: str) -> None:
        self._read()
        self.current = number
        self._write()

    def set(self, number: str, **values) -> None:
        """Sets them; one that is "" is forgotten."""
        self._read()
        known = self.of.setdefault(number, {})
        known.update({key: str(value) for key, value in values.items()})
        self.of[number] = {key: value for key, value in known.items() if value}
        self._write()

    def add(self, number: str, key: str) -> int:
        self._read()
        value = self.count(number, key) + 1
        self.set(number, **{key: value})
        return value

    def passed(self, number: str) -> bool:
        """By the reader's own work."""
        return bool(self.get(number, "passed"))

    def seen(self, number: str) -> bool:
        """The course's solution was put in, and nothing of the reader's own had passed."""
        return bool(self.get(number, "solution")) and not self.passed(number)

    def done(self, number: str) -> bool:
        return self.passed(number) or self.seen(number)

    def unfinished(self, number: str) -> bool:
        """Not done, or begun again since."""
        return not self.done(number) or bool(self.get(number, "again"))

    # --- Answers, verdicts, saved files ---

    def answer_file(self, number: str) -> Path:
        return self.folder / "answers" / f"{number}.txt"

    def answer(self, number: str) -> str:
        file = self.answer_file(number)
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""

    def keep_verdict(self, verdict: dict) -> None:
        save_text(self.folder / "last.json", json.dumps(verdict, indent=1))

    def last_verdict(self, number: str) -> dict:
        file = self.folder / "last.json"
        verdict = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return verdict if verdict.get("exercise") == number else {}

    def save(self, number: str, names: Iterable[str]) -> Optional[Path]:
        """Copies these files of the tree to a new folder and returns it."""
        return self.save_bytes(number, {name: (self.root / name).read_bytes() for name in names if (self.root / name).is_file()})

    def save_bytes(self, number: str, files: Dict[str, bytes]) -> Optional[Path]:
        """The same with files that the tree may have with other contents."""
        if not files:
            return None
        stamp = time.strftime("%Y%m%d-%H%M%S")
        folder = self.folder / "saved" / number / stamp
        count = 1
        while folder.exists():  # two in one second
            count += 1
            folder = folder.with_name(f"{stamp}-{count}")
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder

    def last_saved(self, number: str) -> Optional[Path]:
        folders = sorted((self.folder / "saved" / number).glob("2*"))
        return folders[-1] if folders else None
