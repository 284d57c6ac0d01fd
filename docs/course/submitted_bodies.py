"""Takes from a submission only what an exercise asks for, into the course's own files: the bodies of the holes, by function.
Where an exercise has no hole (a repair, an extension), the files that it names, without what no solution needs.

Refused by name, because no exercise needs it and it could bring in files, forge a report or hide code from a reader: see
the tables below. The sandbox would hold it all the same.
"""

from __future__ import annotations

import re
from typing import Callable, Iterator, List, Optional, Tuple

from .exercise import Exercise, Texts
from .source import NOT_CODE, SourceError, blank, piece_of, replaced
from .submission import Refused, Submission

DIRECTIVE = re.compile(r"^[ \t]*(?:#|%:|\?\?=)[ \t]*(\w*)(.*)$", re.MULTILINE)
INCLUDED = re.compile(r'[ \t]*(?:"((?!\.\.)(?:\w[\w.-]*/)*\w[\w.-]*)"|<(?:sys/)?\w[\w.]*(?:/\w+\.hpp)?>)[ \t]*(?://.*)?')
MACRO = re.compile(r"[ \t]+([A-Z][A-Z0-9_]*)\b")  # of a list of numbers, as in abi/: not a keyword in other clothes
OF_MACROS = {"define": ": names of macros are in capitals", "undef": ": the file defines no such macro in capitals"}
CONDITIONS = ("if", "ifdef", "ifndef", "elif", "else", "endif")
OLD_ATTEMPT = re.compile(r"if[ \t]+0|else|endif")  # in a function: #if 0, with nothing else on its line
# Names that begin with two underscores are the compiler's: __FILE__, __DATE__, __attribute__, __has_include, __STDC_HOSTED__.
COMPILERS_OWN = re.compile(r"\b(?:__(?!builtin_(?!LINE|FILE|FUNCTION)|asm__\b|volatile__\b|func__\b|cplusplus\b|restrict(?:__)?\b"
                           r"|attribute__\s*\(\(\s*(?:__)?unused(?:__)?\s*\)\)|unused__\b)\w+|_Pragma\b)")
# What a function that unit tests run could leave them by: it is in their process, on the host.
TESTS_OWN = re.compile(r"\b(?:__builtin_(?:\w*(?:frame|return|address|jmp|apply|unwind|eh|dwarf)\w*)|_Z\w+|_Unwind\w+|Catch)\b")
HARMLESS_ASM = re.compile(r"(?:[ \n;]*(?:rep(?:n?[ez])?[ \n;]+)?(?:(?:movs|stos|lods|scas|cmps)[bwlq]|cld|std|nop|pause)[ ]*(?:[;\n]|$))*")
ATTRIBUTE = re.compile(r"\bgnu\s*::\s*(?!packed\b|aligned\b|noinline\b|always_inline\b|used\b|unused\b)(\w+)|\busing\s+(gnu)\b")
DIGRAPH = re.compile(r"<%|%>|%:")
TRIGRAPH = re.compile(r"\?\?[=/'<>]")  # of C: a #, a backslash, braces, and a quotation mark less, in strings as well
ODD = re.compile(r"[^\s!-~]|[$\\@`]")  # outside of comments and strings: of names that the compiler reads otherwise than we do
MAKES_ASM = re.compile(r"^[ \t]*#[ \t]*define\b(?:[^\n]*(##|\b(?:asm|__asm__)\b))", re.MULTILINE)
ASM = re.compile(r"\b(?:asm|__asm__)\b")
TEMPLATE = re.compile(r"(?:\s*\b(?:volatile|__volatile__|inline|goto)\b)*\s*\(\s*(?=[:)])")  # with its strings blank
STRING = re.compile(r'"((?:\\.|[^"\\\n])*)"')
ASM_DIRECTIVE = re.compile(r"(?<![\w.])\.(?!(?-i:L)[a-z_]*\d)[a-z_]\w*", re.IGNORECASE)  # .L1 is a label, .Long none
ASM_HOST = re.compile(r"\b(?:syscall|sysenter)\w*|\bint\b(?!\s+\$3\s*(?:[;\n]|$))[^;\n]*", re.IGNORECASE)
# The assembler takes out comments and quotation marks before it reads words; what %; %* %~ and the like become is the compiler's.
ASM_GLUE = re.compile(r'/\*|"|(?<!%)(?:%%)*(%[^\w%\[=])')
# What the compiler makes other words of before the assembler reads them: dialects, and a symbol's name in an instruction's.
ASM_DIALECT = re.compile(r"[{|}]")
ASM_PREFIX = r"\b(?:rep\w*|lock|data\d+|addr\d+|[c-gs]s|rex[.\w]*|f?wait|notrack|bnd|xacquire|xrelease)\s+"
ASM_OPERAND = re.compile(rf"(?:(?:\A|[;\n]|(?<!%[c-gs]s):)\s*|{ASM_PREFIX}|\w)%(?!%)", re.IGNORECASE)
NASM_REFUSED = re.compile(r"\bincbin\b|%(?!(?:define|assign|undef|rep|endrep|exitrep|else|endif|if\w*|elif\w*)\b|\s|\d)\S*",
                          re.IGNORECASE)
LONGEST_ASM = 1000  # characters of its template; the longest of the course's own has 139
LINKER = re.compile(r"\b(INCLUDE|INPUT|GROUP|OUTPUT|SEARCH_DIR|STARTUP|INSERT|TARGET|AS_NEEDED)\b|##")


def taken(exercise: Exercise, submission: Submission, read: Callable[[str], str]) -> Optional[Texts]:
    """The course's files with the submission's work in them; None if the submission has not begun. read: gives the
    course's text of a file. Refused: it brings what no solution needs."""
    texts: Texts = {}
    start = exercise.start(read)
    if exercise.holes:
        written = {hole: _body(hole[0], _text(submission, hole[0]), hole[1]) for hole in exercise.holes}
        untouched = [what for (name, what), body in written.items() if body.split() == _body(name, start[name], what).split()]
        if len(untouched) == len(written):
            return None
        if untouched:
            raise Refused(f"one function is not written yet: {untouched[0]}...")
        for (name, what), body in written.items():
            mine = texts.get(name) or read(name)
            screen(name, body, _body(name, mine, what), tested=bool(exercise.keys.get("unit")))
            texts[name] = replaced(mine, piece_of(name, mine, what), body)
        return texts
    for name in exercise.files():
        text = submission.read(name)
        if text is None and name in start:
            raise Refused(f"{name} is missing")
        if text is not None:
            screen(name, text, start.get(name, ""), whole=True, tested=bool(exercise.keys.get("unit")))
            texts[name] = text
    return None if all(text.split() == start.get(name, "").split() for name, text in texts.items()) else texts


def _text(submission: Submission, name: str) -> str:
    text = submission.read(name)
    if text is None:
        raise Refused(f"{name} is missing")
    return text


def _body(name: str, text: str, what: str) -> str:
    try:
        piece = piece_of(name, text, what)
    except SourceError as error:
        raise Refused(f"{name}: {error}") from None
    body = text[piece.begin : piece.end]
    if not name.endswith((".asm", ".inc")) and (blank(text)[piece.begin : piece.end] != blank(body)
                                                or re.search(r"\\[ \t]*\n", body)):
        raise Refused(f"{name}: where the function ends can't be told for sure")
    return body


# --- What is refused ---

def screen(name: str, text: str, given: str, whole: bool = False, tested: bool = False) -> None:
    """Raises Refused for what no solution needs. given: the course's own text, which may have it. whole: a file, not a
    function. tested: unit tests run it, on the host."""
    if name.endswith((".asm", ".inc")):
        _screen_nasm(name, text, given)
    elif name.endswith(".ld"):
        _screen_directives(name, text, given, whole)
        _refuse(name, LINKER, re.sub(r"/\*.*?(?:\*/|\Z)", " ", text, flags=re.DOTALL), given)
    else:
        _screen_cpp(name, text, given, whole, tested)


def _refuse(name: str, pattern: "re.Pattern[str]", text: str, given: str) -> None:
    known = {found[0] for found in pattern.finditer(given)}
    for found in pattern.finditer(text):
        if found[0] not in known:
            raise Refused(f"{name} may not use {' '.join(found[0].split())} here")


def _screen_nasm(name: str, text: str, given: str) -> None:
    text = re.sub(r"\\\n", "", text)  # as NASM does: a word may go on in the next line
    code = re.sub(r"('[^'\n]*'|\"[^\"\n]*\"|`(?:\\.|[^`\\\n])*`?)|;[^\n]*", lambda found: found[1] or "", text)
    _refuse(name, NASM_REFUSED, code, given)


def _screen_cpp(name: str, text: str, given: str, whole: bool, tested: bool) -> None:
    text = re.sub(r"\\[ \t]*\n", "", text)  # as the compiler does, before all else
    code = blank(text)
    _screen_directives(name, text, given, whole)
    _refuse(name, COMPILERS_OWN, code, given)
    _refuse(name, DIGRAPH, code, given)
    _refuse(name, TRIGRAPH, text, given)
    _refuse(name, ATTRIBUTE, code, given)
    _refuse(name, ODD, code, "")
    if tested:
        _refuse(name, TESTS_OWN, code, given)
    if re.search(r'\b(?:u8|[uUL])?R"', text):
        raise Refused(f"{name} may not use raw strings here")
    if re.search(r"/\*|[\"']", code):
        raise Refused(f"{name}: a comment, a string or a character is never closed")
    for found in NOT_CODE.finditer(text):  # C has no 1'000, and compilers disagree on where 1' ends
        if found["number"] and (text.startswith("'", found.end()) or "'" in found[0] and name.endswith((".c", ".h"))):
            raise Refused(f"{name} may not use {found[0].strip(chr(39))}' here")
    _screen_assembly(name, text, code, given, tested)


def _screen_directives(name: str, text: str, given: str, whole: bool) -> None:
    known = {" ".join(found[0].split()) for found in DIRECTIVE.finditer(given)}
    directives = list(DIRECTIVE.finditer(_without_comments(text)))
    own = {macro[1] for found in directives if found[1] == "define" and (macro := MACRO.match(found[2]))}
    opened: List[bool] = []  # the conditions that are open; whether each is an old attempt's, not the course's
    for found in directives:
        word, rest = found[1], found[2]
        in_known = " ".join(found[0].split()) in known
        opened += [not in_known] if word in ("if", "ifdef", "ifndef") else []
        is_in_one = bool(opened) and (opened[-1] or word == "endif")
        if word == "endif" and opened:
            opened.pop()
        if in_known and (whole or is_in_one or word != "endif"):
            continue
        if whole and (word in CONDITIONS or word == "include" and INCLUDED.fullmatch(rest)
                      or word == "define" and MACRO.match(rest) or word == "pragma" and rest.strip() == "once"
                      or word == "undef" and rest.strip() in own):
            continue
        at_begin = text.startswith(found[0].split("#")[0] + "#", found.start())  # of the line: no comment ends before it
        if not whole and at_begin and OLD_ATTEMPT.fullmatch((word + rest).strip()) and is_in_one:
            continue
        why = f":{rest[:60]}" if word == "include" else OF_MACROS.get(word, "") if whole else ""
        raise Refused(f"{name} may not use #{word} here{why}")
    if opened and not whole:
        raise Refused(f"{name}: an #if is never closed")


def _without_comments(text: str) -> str:
    return NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]) if found[0].startswith("/") else found[0], text)


def _screen_assembly(name: str, text: str, code: str, given: str, tested: bool) -> None:
    """All that goes to the assembler is to be read in asm statements, word for word: no macro and no escape makes it."""
    known = {found[0] for found in MAKES_ASM.finditer(blank(given))}
    for found in MAKES_ASM.finditer(code):
        if found[0] not in known:
            raise Refused(f"{name} may not use {found[1]} in a #define here")
    known = {statement for statement, _, _ in _asm_statements(given, blank(given))}
    for statement, template, rest in _asm_statements(text, code):
        if statement in known:
            continue
        if template is None:
            raise Refused(f"{name} may not use asm with anything but plain strings here")
        if len(template) > LONGEST_ASM:
            raise Refused(f"{name} may not use more than {LONGEST_ASM} characters in an asm statement")
        odd = re.search(r"\\[^nt\"\\]", (template + rest).replace("\\\\", ""))
        if odd:
            raise Refused(f"{name} may not use {odd[0]} in an asm statement: only \\n, \\t, \\\" and \\\\")
        said = re.sub(r"\\(.)", lambda found: {"n": "\n", "t": " "}.get(found[1], found[1]), template)
        if ASM_OPERAND.search(said):
            raise Refused(f"{name} may not use an operand where an instruction is expected")
        _refuse(name, ASM_DIALECT, said, "")
        for words in (said, said + "\n" + rest):
            _refuse(name, ASM_DIRECTIVE, words, "")
            _refuse(name, ASM_HOST, words, "")
        glue = ASM_GLUE.search(said)
        if glue:
            raise Refused(f"{name} may not use {glue[1] or glue[0]} in an asm statement")
        if tested and not HARMLESS_ASM.fullmatch(said):
            raise Refused(f"{name} may not use asm here, but for string instructions (rep movsb, ...): unit tests run it on the host")


def _asm_statements(text: str, code: str) -> Iterator[Tuple[str, Optional[str], str]]:
    """Each asm statement as it stands; the strings of its template put together, None if something else is in it; its other
    strings."""
    text = _without_comments(text)
    found = list(ASM.finditer(code))
    for one, last in zip(found, [following.start() for following in found[1:]] + [len(text)]):
        end = code.find(";", one.end(), last)
        end = end if end >= 0 else last
        template = TEMPLATE.match(code, one.end())
        middle = template.end() if template else one.end()
        strings = ["".join(STRING.findall(text[begin:to])) for begin, to in ((one.end(), middle), (middle, end))]
        yield text[one.start() : end], strings[0] if template else None, strings[1]
