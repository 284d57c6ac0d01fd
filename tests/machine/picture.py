"""Writes PNG files and reads them again, and reads the PPM files that QEMU writes: simple enough to do by hand."""

from __future__ import annotations

import os
import re
import struct
import zlib
from pathlib import Path
from typing import Tuple


def write_png(path: os.PathLike, width: int, height: int, rgb: bytes) -> None:
    """rgb: three bytes a pixel, line by line from the top."""
    if len(rgb) != 3 * width * height:
        raise ValueError(f"{len(rgb)} bytes are no picture of {width} x {height}")

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + rgb[3 * width * y : 3 * width * (y + 1)] for y in range(height))  # 0: unfiltered
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits a channel, colour type 2: RGB
    Path(path).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
    )


def read_png(path: os.PathLike) -> Tuple[int, int, bytes]:
    """Width, height and the lines of a PNG file as write_png makes it: before each line's pixels a 0."""
    data = Path(path).read_bytes()
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError(f"{path} is no PNG file")
    width, height = struct.unpack_from(">II", data, 16)
    start = data.index(b"IDAT")
    (length,) = struct.unpack_from(">I", data, start - 4)
    return width, height, zlib.decompress(data[start + 4 : start + 4 + length])


def ppm_to_png(ppm: bytes, path: os.PathLike) -> None:
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", ppm)
    if not header:
        raise ValueError("not a PPM file of three bytes a pixel")
    write_png(path, int(header[1]), int(header[2]), ppm[header.end() :])
