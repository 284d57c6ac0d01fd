"""Options among a command's words."""

from __future__ import annotations

from typing import List


def take_option(words: List[str], name: str) -> str:
    """Removes `--name value` from the words and returns the value."""
    if name not in words:
        return ""
    place = words.index(name)
    value = words[place + 1] if place + 1 < len(words) else ""
    del words[place : place + 2]
    return value


def take_flag(words: List[str], name: str) -> bool:
    found = name in words
    words[:] = [word for word in words if word != name]
    return found
