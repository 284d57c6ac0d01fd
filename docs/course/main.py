"""The course's commands, called by the Makefile: exercises, exercise, check, hint, solution, learn, prove, ...

What a reader calls runs from the course's own copy of these files, once there is one: edited graders do not count.
"""

import os
import sys
from pathlib import Path

from machine.run import open_what_is_closed

from . import commands

ROOT = Path(__file__).resolve().parents[2]
FROM_TREE = ("prove", "bench", "handout", "grade", "reference")


def main() -> int:
    open_what_is_closed()
    words = sys.argv[1:]
    if words[:1] == ["--tree"]:  # this is the copy: it judges the tree that called it
        return commands.main(Path(words[1]), words[2:])
    own = ROOT / ".course/reference"
    if own.with_name("reference.sha256").is_file() and words and words[0] not in FROM_TREE:
        packages = os.pathsep.join(str(own / folder) for folder in ("iso", "docs", "tests"))
        os.execve(sys.executable, [sys.executable, "-m", "course.main", "--tree", str(ROOT), *words],
                  {**os.environ, "PYTHONPATH": packages})
    return commands.main(ROOT, words)


if __name__ == "__main__":
    sys.exit(main())
