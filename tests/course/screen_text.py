"""The pictures that `make pictures` makes, read again."""

import struct
import zlib
from pathlib import Path


def pixels(path):
    """(width, height, bytes of RGB) of a PNG file as machine/picture.py writes it: one chunk, unfiltered lines."""
    data = Path(path).read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    length = struct.unpack(">I", data[33:37])[0]
    assert data[37:41] == b"IDAT", f"{path} was not made by `make pictures`"
    lines = zlib.decompress(data[41 : 41 + length])
    return width, height, b"".join(lines[y * (3 * width + 1) + 1 :][: 3 * width] for y in range(height))
