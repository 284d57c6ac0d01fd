"""Makes the pictures of the documentation, each from a real boot in Bochs: `make pictures`.

    python3 -m course.pictures [CHAPTER]      only that chapter's
"""

import sys
from pathlib import Path

from machine import Bochs, chapters

from . import checkpoint

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 300  # seconds


def system_picture(path):
    """The full system, when its programs have ended."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Bochs(iso=ROOT / "build/trapgate.iso") as machine:
        machine.wait_for(r"all programs have ended", LIMIT)
        machine.screenshot(path)
    print(path.relative_to(ROOT), flush=True)


def chapter_picture(chapter):
    """The screen when the chapter's kernel has halted."""
    path = chapter.folder / "screen.png"
    checkpoint.Boot(Bochs, chapter.number, picture=path)
    print(path.relative_to(ROOT), flush=True)


def main():
    wanted = [int(word) for word in sys.argv[1:]]
    if not wanted:
        system_picture(ROOT / "docs/pictures/ring3.png")
    for chapter in chapters.chapters():
        if not wanted or chapter.number in wanted:
            chapter_picture(chapter)


if __name__ == "__main__":
    main()
