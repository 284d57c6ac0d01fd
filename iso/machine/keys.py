"""The keys of a PC keyboard: by our name, QEMU's name, and the X keysym that Bochs' RFB server takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple


@dataclass(frozen=True)
class Key:
    qcode: str
    keysym: int


def _table() -> Dict[str, Key]:
    table = {c: Key(c, ord(c)) for c in "abcdefghijklmnopqrstuvwxyz0123456789"}
    signs = {
        "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right", ";": "semicolon",
        "'": "apostrophe", "`": "grave_accent", "\\": "backslash", ",": "comma", ".": "dot", "/": "slash",
    }  # fmt: skip
    table.update({sign: Key(qcode, ord(sign)) for sign, qcode in signs.items()})
    others = {
        "space": ("spc", 0x20), "backspace": ("backspace", 0xFF08), "tab": ("tab", 0xFF09),
        "enter": ("ret", 0xFF0D), "esc": ("esc", 0xFF1B), "delete": ("delete", 0xFFFF),
        "shift": ("shift", 0xFFE1), "right_shift": ("shift_r", 0xFFE2), "ctrl": ("ctrl", 0xFFE3),
        "alt": ("alt", 0xFFE9), "caps_lock": ("caps_lock", 0xFFE5), "home": ("home", 0xFF50),
        "left": ("left", 0xFF51), "up": ("up", 0xFF52), "right": ("right", 0xFF53), "down": ("down", 0xFF54),
        "page_up": ("pgup", 0xFF55), "page_down": ("pgdn", 0xFF56), "end": ("end", 0xFF57),
        "insert": ("insert", 0xFF63),
    }  # fmt: skip
    table.update({name: Key(*codes) for name, codes in others.items()})
    table.update({f"f{n}": Key(f"f{n}", 0xFFBD + n) for n in range(1, 13)})
    return table


KEYS = _table()

_CONTROL = {"\n": "enter", "\t": "tab", "\b": "backspace", "\x1b": "esc", " ": "space"}
_SHIFTED = dict(zip('!@#$%^&*()_+{}|:"~<>?', "1234567890-=[]\\;'`,./"))


def keys_for(character: str) -> Tuple[str, ...]:
    """The names of the keys to press together for one character, US layout."""
    if character in _CONTROL:
        return (_CONTROL[character],)
    if character in KEYS:
        return (character,)
    if character in _SHIFTED:
        return ("shift", _SHIFTED[character])
    if character.lower() in KEYS:
        return ("shift", character.lower())
    raise ValueError(f"no key for {character!r}")
