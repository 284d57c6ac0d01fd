"""What the reader has done, in plain files below .course/ in their tree (git ignores it).

    progress         one line an exercise, "4.1 tries=3 hints=1 passed=2026-11-21", and "current 4.1"
    last.json        the last verdict
    answers/4.2.txt  answers to what is answered on paper
    saved/4.1/...    files as they were before an exercise changed them, by date and time
    reference/       the course's own files, and what was built from them
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Dict, List, Optional


class Progress:
    def __init__(self, root: Path):
        self.root = root
        self.folder = root / ".course"
        self.current = ""
        self.of: Dict[str, Dict[str, str]] = {}
        self._read()

    def _read(self) -> None:
        file = self.folder / "progress"
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else []:
            word, *rest = line.split()
            if word == "current":
                self.current = rest[0] if rest else ""
            else:
                self.of[word] = dict(part.split("=", 1) for part in rest if "=" in part)

    def write(self) -> None:
        self.folder.mkdir(exist_ok=True)
        lines = [f"current {self.current}".strip()] if self.current else []
        numbers = sorted(self.of, key=lambda number: [int(part) for part in number.split(".")])
        lines += [" ".join([number] + [f"{key}={value}" for key, value in self.of[number].items()])
                  for number in numbers]
        temporary = self.folder / "progress.new"
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
        temporary.replace(self.folder / "progress")

    def get(self, number: str, key: str) -> str:
        return self.of.get(number, {}).get(key, "")

    def set(self, number: str, **values) -> None:
        self.of.setdefault(number, {}).update({key: str(value) for key, value in values.items()})
        self.write()

    def add(self, number: str, key: str) -> int:
        value = int(self.get(number, key) or 0) + 1
        self.set(number, **{key: value})
        return value

    def passed(self, number: str) -> bool:
        return bool(self.get(number, "passed"))

    # --- Answers, verdicts, saved files ---

    def answer_file(self, number: str) -> Path:
        return self.folder / "answers" / f"{number}.txt"

    def answer(self, number: str) -> str:
        file = self.answer_file(number)
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""

    def keep_verdict(self, verdict: dict) -> None:
        (self.folder / "last.json").write_text(json.dumps(verdict, indent=1), encoding="utf-8")

    def last_verdict(self, number: str) -> dict:
        file = self.folder / "last.json"
        verdict = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return verdict if verdict.get("exercise") == number else {}

    def save(self, number: str, names: List[str]) -> Optional[Path]:
        """Copies these files of the tree to a new folder and returns it."""
        names = [name for name in names if (self.root / name).is_file()]
        if not names:
            return None
        stamp = time.strftime("%Y%m%d-%H%M%S")
        folder = self.folder / "saved" / number / stamp
        count = 1
        while folder.exists():  # two in one second
            count += 1
            folder = folder.with_name(f"{stamp}-{count}")
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((self.root / name).read_bytes())
        return folder

    def last_saved(self, number: str) -> Optional[Path]:
        folders = sorted((self.folder / "saved" / number).glob("2*"))
        return folders[-1] if folders else None
