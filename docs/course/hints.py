"""Chooses the hint that a reader gets next: by the last verdict, and by what was told before.

Before the first hint for the matter comes what a compiler's complaint means, how to look at a kernel that does not come back, or how the
two sides of a unit test's first difference differ.
"""

from __future__ import annotations

import re
import zlib
from typing import Callable, List

from .exercise import HINT_LEVELS, Exercise
from .progress import Progress

# A complaint of the compilers and the assembler, and what it means.
COMPLAINTS = (
    (r"was not declared in this scope|has not been declared|is not a member of|has no member named",
     "The compiler does not know this name here: a slip in the name, a namespace left out, or a header that is not included."),
    (r"expected .* (?:before|at end of input)|expected (?:unqualified-id|primary-expression|declaration)",
     "The text breaks off or goes on where it may not. Look at the line before as well: a semicolon, a bracket or a brace is "
     "missing there."),
    (r"no return statement|control reaches end|return-statement with no value",
     "The function must return a value on every path through it."),
    (r"narrowing conversion|may change (?:value|the sign)",
     "The value may not fit its new type: say with static_cast that you want that, or take the type that it needs."),
    (r"static assertion failed|non-constant condition|is not a constant expression",
     "This is computed while compiling, and the result is not what the line demands, or something in it can't be computed then."),
    (r"invalid conversion|cannot convert|could not convert|no match for|no matching function",
     "The types do not match: compare what the line gives with what the declaration takes."),
    (r"undefined reference",
     "The linker found a call, but no function of that name and those parameters: a slip in the name, the wrong namespace, "
     "or `extern \"C\"` or NASM's `global` left out."),
    (r"redefinition|redeclared|multiple definition", "This is defined twice."),
    (r"symbol .* (?:not defined|undefined)", "NASM does not know this name: a slip in it, or a label, an `extern` or a `%define` left out."),
    (r"invalid combination of opcode and operands|operation size not specified|mismatch in operand sizes",
     "There is no such instruction: operands of two sizes, two memory operands, or a size (`dword`, `byte`) left out."),
    (r"parser: instruction expected", "NASM takes the first word of this line for neither an instruction nor a label."),
)
STANDS_STILL = [
    "The kernel does not come back. Stop it where it is: `make debug` (key d in `make learn`; with CHAPTER=N it is a chapter's "
    "kernel with its programs), `continue`, and Ctrl-C after a second; `bt` then shows who called whom. An address that stays the "
    "same from one Ctrl-C to the next is a loop; at a `hlt`, `info registers eflags` shows whether an interrupt can still come (IF)."]


def next_hint(exercise: Exercise, progress: Progress, difference: Callable[[Exercise], List[str]]) -> List[str]:
    """Counted in `progress`; from the first level on again when something else is seen than before. `difference` is the last hint."""
    last = progress.last_verdict(exercise.number)
    branch = last.get("hint", "")
    seen = re.sub(r"0x[0-9a-f]+|\d+", "#", last.get("symptom", "")) + branch
    symptom = f"{zlib.crc32(seen.encode()):x}"
    same = progress.get(exercise.number, "symptom") == symptom
    first = first_hint(last)
    if first and (not same or last["symptom"].startswith(("build:", "blame")) and not branch):
        progress.set(exercise.number, symptom=symptom, level="")
        return first
    told = progress.count(exercise.number, "level") if same else 0
    # The next level that has something to say; at the last one there is always something.
    level = next((level for level in range(told + 1, HINT_LEVELS) if exercise.hint(level, branch)), HINT_LEVELS)
    progress.set(exercise.number, symptom=symptom, level=level)
    progress.add(exercise.number, "hints")
    text = exercise.hint(level, branch) or "\n".join("    " + line for line in difference(exercise)) or exercise.answer
    lines = [f"Hint {level} of {HINT_LEVELS} for {exercise.number}:", "", *text.splitlines()]
    if not last and level == 1:
        lines += ["", "(`make check` first: hints are chosen by what it sees.)"]
    return lines


def first_hint(verdict: dict) -> List[str]:
    """Of a verdict that was kept; empty if there is nothing to say before the matter."""
    symptom = verdict.get("symptom", "")
    if symptom.startswith("build:"):
        meaning = next((text for pattern, text in COMPLAINTS if re.search(pattern, symptom)), "")
        place = f" ({verdict['where']})" if verdict.get("where") else ""
        return [f"It does not build yet{place}: {verdict['happened']}", "", *([meaning, ""] if meaning else []),
                "The compiler's first complaint is the one to fix; the others may come from it."]
    if symptom.startswith("blame"):
        return [f"{verdict['sentence'][:1].upper()}{verdict['sentence'][1:]}.", "", *verdict["notes"][:1]]
    if re.match(r"time-out|hang", symptom):
        return STANDS_STILL
    if symptom.startswith("unit:") and verdict.get("expected") and verdict.get("happened"):
        lines = [f"The first difference is in the test \"{symptom.split(': ')[1]}\""
                 + (f" ({verdict['where']})" if verdict.get("where") else "") + f": expected {verdict['expected']}; {verdict['happened']}."]
        return lines + ["Read that test from its first line to there, and follow your own lines by hand with its values."]
    return []
