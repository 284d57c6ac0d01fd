#!/usr/bin/python3
"""Makes the pictures of the documentation, each from a real boot in Bochs: `make pictures`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import Bochs  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs/pictures"
LIMIT = 300  # seconds


def main():
    PICTURES.mkdir(parents=True, exist_ok=True)
    with Bochs(iso=ROOT / "build/trapgate.iso") as machine:
        machine.wait_for(r"all programs have ended", LIMIT)
        machine.screenshot(PICTURES / "ring3.png")
    print("docs/pictures/ring3.png")


if __name__ == "__main__":
    main()
