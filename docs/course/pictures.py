"""Makes the pictures of the documentation, each from a real boot in Bochs: `make pictures`.

    python3 -m course.pictures [CHAPTER]      only that chapter's
"""

import sys
from pathlib import Path

from machine import Bochs, chapters

from . import checkpoint

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 300  # seconds
PROMPT = r"^\$ "  # the shell's
SHELL_COMMANDS = ("ls /", "cat /etc/rc | wc", "for word in one two; do echo $word; done >/words; cat /words")


def type_commands(machine):
    """The full system: its shell, and the answers to some commands."""
    for command in SHELL_COMMANDS:
        machine.wait_for(PROMPT, LIMIT)
        machine.type_serial(f"{command}\n")
    machine.wait_for(PROMPT, LIMIT)


def system_picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with Bochs(iso=ROOT / "build/trapgate.iso") as machine:
        type_commands(machine)
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
        system_picture(ROOT / "docs/pictures/shell.png")
    for chapter in chapters.chapters():
        if not wanted or chapter.number in wanted:
            chapter_picture(chapter)


if __name__ == "__main__":
    main()
