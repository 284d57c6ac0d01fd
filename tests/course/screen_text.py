"""Reads the text in a picture of the screen, with the help of a fresh picture whose text is known.

Pixels can't be compared: another compiler moves the kernel's addresses, and the cursor blinks.
"""

import re
import struct
import zlib
from pathlib import Path

from document import masked
from machine.base import SCREEN_COLUMNS, SCREEN_ROWS

UNKNOWN = "\N{REPLACEMENT CHARACTER}"  # a glyph that the fresh picture does not have


def pixels(path):
    """(width, height, bytes of RGB) of a PNG file as machine/picture.py writes it: one chunk, unfiltered lines."""
    data = Path(path).read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    length = struct.unpack(">I", data[33:37])[0]
    assert data[37:41] == b"IDAT", f"{path} was not made by `make pictures`"
    lines = zlib.decompress(data[41 : 41 + length])
    return width, height, b"".join(lines[y * (3 * width + 1) + 1 :][: 3 * width] for y in range(height))


def shapes(path):
    """The shape in each cell of the screen: which of its pixels differ from its first one."""
    width, height, rgb = pixels(path)
    columns, rows = width // SCREEN_COLUMNS, height // SCREEN_ROWS
    found = []
    for top in range(0, rows * SCREEN_ROWS, rows):
        for left in range(0, columns * SCREEN_COLUMNS, columns):
            cell = [rgb[3 * ((top + y) * width + left + x) :][:3] for y in range(rows) for x in range(columns)]
            found.append(bytes(pixel != cell[0] for pixel in cell))
    return found


def glyphs(path, cells):
    """Which character has which shape, from a picture and the cells that it shows."""
    characters = cells[::2].replace(b"\0", b" ").decode("cp437")
    return dict(zip(reversed(shapes(path)), reversed(characters)))


def rows(path, known):
    text = "".join(known.get(shape, UNKNOWN) for shape in shapes(path))
    return [text[row * SCREEN_COLUMNS :][:SCREEN_COLUMNS].rstrip() for row in range(SCREEN_ROWS)]


def agree(kept, fresh):
    """Whether the rows of an older picture show what the screen shows now. A glyph not known counts as any: a digit of an
    old address, or the cursor."""
    def agrees(old, new):
        expression = re.escape(masked(old)).replace(UNKNOWN, ".?")
        return re.fullmatch(expression, masked(new)) is not None or re.fullmatch(re.escape(old).replace(UNKNOWN, ".?"), new)

    return len(kept) == len(fresh) and all(agrees(old.rstrip(), new.rstrip()) for old, new in zip(kept, fresh))
