"""What makes one file of another that is like it: for kernels that differ in a few lines, of which a page fetches the difference.

A delta is: the CRC-32 of the old file (4 bytes; of another one it would make nonsense), how many pieces (4 bytes), each piece
(where it is in the new file, where something like it is in the old one, its length; 4 bytes each), then the new file's bytes,
exclusive-or those of the pieces. What is the same becomes zeros, and what has moved nearly so: its addresses differ. So it
packs well. delta.js is the other side, which refuses another old file.
"""

from __future__ import annotations

import struct
import zlib
from typing import Dict, List, Tuple

GRAM = 16  # bytes that must be the same for two places to be taken for one another
LOST = 24  # a piece ends where so many of the last 32 bytes differ

Piece = Tuple[int, int, int]  # new, old, length


def delta(old: bytes, new: bytes) -> bytes:
    pieces = _pieces(old, new)
    rest = bytearray(new)
    for at, like, length in pieces:
        _combine(rest, old, at, like, length)
    return struct.pack("<II", zlib.crc32(old), len(pieces)) + b"".join(struct.pack("<III", *piece) for piece in pieces) + bytes(rest)


def _combine(new: bytearray, old: bytes, at: int, like: int, length: int) -> None:
    both = int.from_bytes(new[at : at + length], "little") ^ int.from_bytes(old[like : like + length], "little")
    new[at : at + length] = both.to_bytes(length, "little")


def _pieces(old: bytes, new: bytes) -> List[Piece]:
    places: Dict[bytes, int] = {}
    for place in range(0, len(old) - GRAM, 4):
        places.setdefault(old[place : place + GRAM], place)
    found: List[Piece] = []
    at = 0
    while at < len(new) - GRAM:
        # The place that goes on as the last piece did, or one that looks the same.
        like = places.get(new[at : at + GRAM])
        if like is None:
            at += 1
            continue
        length = _alike(old, new, like, at)
        found.append((at, like, length))
        at += length
    return found


def _alike(old: bytes, new: bytes, like: int, at: int) -> int:
    """How far the two go on alike, with few bytes that differ."""
    end = min(len(old) - like, len(new) - at)
    length = GRAM
    while length < end:
        step = min(4096, end - length)
        if old[like + length : like + length + step] == new[at + length : at + length + step]:
            length += step
            continue
        step = min(32, end - length)
        differ = sum(a != b for a, b in zip(old[like + length : like + length + step], new[at + length : at + length + step]))
        if differ >= LOST:
            break
        length += step
    return length
