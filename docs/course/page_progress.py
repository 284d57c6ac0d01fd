"""What a reader has predicted on the course's pages, in a browser, taken over into the tree: `make learn PROGRESS=file`.

The file has a line for each exercise, as docs/site/machine/progress.js writes it:
    11.7 tries=2 passed=2026-11-29 answer=vector=14;error=2;cr2=0xff801ffc;ending=triple-fault
"""

from __future__ import annotations

import re
from pathlib import Path

from .problem import Problem
from .progress import save_text
from .reader import Reader

# progress.js has the same.
LINE = re.compile(r"(\d+\.\d+) tries=([1-9]\d{0,5})(?: passed=(\d{4}-\d\d-\d\d) answer=(\w+=[\w'#-]+(?:;\w+=[\w'#-]+)*))?", re.ASCII)


def take_over(reader: Reader, file: Path) -> str:
    """What has been done in the tree stays as it is. Says how many exercises were new, and which are not predictions of this
    tree: a site of another commit may number them otherwise. Of a file with a line that no page has written nothing."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{file} can't be read: {getattr(error, 'strerror', None) or 'it is not text'}") from None
    predictions = {one.number for one in reader.exercises if one.kind == "predict"}
    found = {}
    for number, line in enumerate(lines, 1):
        parts = LINE.fullmatch(line.strip())
        if not parts or parts[1] in found:
            raise Problem(f"{file}:{number}: not what a page of the course has saved: {line[:60]!r}")
        found[parts[1]] = parts.groups()
    others = ", ".join(one for one in found if one not in predictions)
    here = [one for number, one in found.items() if number in predictions]
    new = [one for one in here if one[2] and not reader.progress.passed(one[0])]
    for exercise, tries, passed, answer in new:
        answers = reader.progress.answer_file(exercise)
        answers.parent.mkdir(parents=True, exist_ok=True)
        save_text(answers, "".join(f"{name} = {value}\n" for name, _, value in (one.partition("=") for one in answer.split(";"))))
        reader.progress.set(exercise, tries=int(tries) + reader.progress.count(exercise, "tries"), passed=passed)
    return f"{len(new)} of {len(here)} predictions of {file.name} were new here" + (f"; no predictions of this tree: {others}" if others else "")
