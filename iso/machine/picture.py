"""Writes PNG files and reads them again, and reads the PPM files that QEMU writes: simple enough to do by hand."""

from __future__ import annotations

import itertools
import os
import re
import struct
import zlib
from pathlib import Path
from typing import List, Tuple


TEXT = b"Screen\0"  # the keyword of the text chunk


def write_png(path: os.PathLike, width: int, height: int, rgb: bytes, text: str = "") -> None:
    """rgb: three bytes a pixel, line by line from the top. text: what it shows; kept in a chunk of the file (tEXt)."""
    if len(rgb) != 3 * width * height:
        raise ValueError(f"{len(rgb)} bytes are not a picture of {width} x {height}")

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + rgb[3 * width * y : 3 * width * (y + 1)] for y in range(height))  # 0: unfiltered
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits a channel, colour type 2: RGB
    note = chunk(b"tEXt", TEXT + text.encode("latin-1", "replace")) if text else b""
    Path(path).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + note + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
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


def read_text(path: os.PathLike) -> str:
    """The text that write_png put into the file; "" if there is none."""
    data = Path(path).read_bytes()
    start = data.find(b"tEXt" + TEXT)
    if start < 0:
        return ""
    (length,) = struct.unpack_from(">I", data, start - 4)
    return data[start + 4 + len(TEXT) : start + 4 + length].decode("latin-1")


def differences(path: os.PathLike, rows: List[str]) -> List[Tuple[str, str]]:
    """The rows in which a picture's text is not that of a screen, apart from numbers and the bytes of instructions: another
    compiler makes other ones. What the firmware wrote does not count: some versions of GRUB clear the screen before they say
    what they boot, others do not."""

    def from_loader(rows: List[str]) -> List[str]:
        first = next((number for number, row in enumerate(rows) if row.startswith("  Booting `")), 0)
        return rows[first:]

    def without_numbers(row: str) -> str:
        row = re.sub(r"(\b[0-9a-f]{2}\b ?){4,}", "#", row)
        return " ".join(re.sub(r"\b(0x)?[0-9A-Fa-f]*\d[0-9A-Fa-f]*\b", "#", row).split())

    shown = read_text(path).split("\n")
    pairs = itertools.zip_longest(from_loader(shown), from_loader(rows), fillvalue="")
    return [(one, other) for one, other in pairs if without_numbers(one) != without_numbers(other)]


def ppm_to_png(ppm: bytes, path: os.PathLike, text: str = "") -> None:
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", ppm)
    if not header:
        raise ValueError("not a PPM file of three bytes a pixel")
    write_png(path, int(header[1]), int(header[2]), ppm[header.end() :], text)
