"""Small mistakes, made by machine in a right solution: a statement left out, two exchanged, a constant one off, another
comparison, a sign, a mask, a register. A grader that does not see one of them does not look at what its text asks for.

C++ is taken apart by clang's parser (the Debian package python3-clang; students need it not), NASM line by line. A
mutant keeps the number of lines, so that lines in messages and in debugging information do not tell it from the original.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Tuple

from .exercise import Exercise, Texts
from .source import NO_INSTRUCTION, declaration, piece_of

Span = Tuple[int, int]  # of characters of a file's text


@dataclass(frozen=True)
class Edit:
    """The characters of `span` replaced. name: what a list of equal mutants calls it."""

    name: str
    span: Span
    text: str


@dataclass(frozen=True)
class Mutant:
    name: str
    texts: Texts

    def __hash__(self) -> int:
        return hash(self.name)


def missing() -> str:
    """Why C++ can't be mutated here; "" if it can."""
    try:
        from clang import cindex

        cindex.Index.create()
        return ""
    except (ImportError, OSError) as error:  # the bindings, or the library that they load
        return f"mutants need python3-clang ({type(error).__name__}: {error})"


def mutants_of(exercise: Exercise, tree: Path, read: Callable[[str], str]) -> List[Mutant]:
    """All mutants of the reference solution; `tree` is built, with the reference in it."""
    texts = exercise.reference(read)
    start = exercise.start(read)
    found: List[Mutant] = []
    for name, text in sorted(texts.items()):
        spans = spans_of(exercise, name, text, start.get(name, ""))
        if not spans:
            continue
        edits = nasm_edits(text, spans) if name.endswith((".asm", ".inc")) else cpp_edits(tree, name, texts, spans)
        names: Dict[str, int] = {}
        seen = {text}
        for edit in edits:
            begin, end = edit.span
            lines = text.count("\n", begin, end) - edit.text.count("\n")
            mutated = text[:begin] + edit.text + "\n" * lines + text[end:]
            if mutated in seen:
                continue
            seen.add(mutated)
            names[edit.name] = names.get(edit.name, 0) + 1
            count = f" ({names[edit.name]})" if names[edit.name] > 1 else ""
            found.append(Mutant(edit.name + count, {**texts, name: mutated}))
    return found


# --- Many at once ---

# In a program of unit tests all mutants of a function stand side by side, and MUTANT in the environment says which is
# meant: so they cost one compilation.
CHOICE = """
extern "C" char* mutant_environment(const char*) __asm__("getenv");
extern "C" int mutant_number(const char*) __asm__("atoi");
static const int chosen_mutant = mutant_environment("MUTANT") ? mutant_number(mutant_environment("MUTANT")) : 0;
"""


def together(exercise: Exercise, read: Callable[[str], str],
             found: Dict[int, Mutant]) -> Tuple[Texts, Dict[Tuple[str, int], int]]:
    """The files with all these mutants in their functions, by number; and which mutant each of their lines belongs to."""
    texts: Texts = {}
    owners: Dict[Tuple[str, int], int] = {}
    for name in sorted({name for name, _ in exercise.holes}):
        original = text = read(name)
        for what in [what for file, what in exercise.holes if file == name]:
            own = function(name, original, what)
            piece = piece_of(name, text, what)
            returns_nothing = re.search(r"\bvoid\s+[\w:]+\(", declaration(text, piece))
            end = "return; }" if returns_nothing else "__builtin_trap(); }"
            bodies = {number: function(name, mutant.texts[name], what) for number, mutant in found.items()}
            parts = [f"if (chosen_mutant == {number}) {{ {body.strip()}\n{end}" for number, body in bodies.items()
                     if body != own]
            text = text[: piece.begin] + " {\n" + "\n".join([*parts, own]) + "\n}" + text[piece.end :]
        place = re.search(r"^namespace|^extern", text, re.MULTILINE).start()
        texts[name] = text[:place] + CHOICE + text[place:]
        owner = 0
        for line, code in enumerate(texts[name].splitlines(), 1):
            begun = re.match(r"if \(chosen_mutant == (\d+)\)", code)
            owner = int(begun[1]) if begun else owner
            owners[name, line] = owner
            owner = 0 if code in ("return; }", "__builtin_trap(); }") else owner
    return texts, owners


def function(name: str, text: str, what: str) -> str:
    piece = piece_of(name, text, what)
    return text[piece.begin : piece.end]


def spans_of(exercise: Exercise, name: str, text: str, start: str) -> List[Span]:
    """Where the solution is: the holes' bodies, or the lines that an extension has added."""
    holes = [what for file, what in exercise.holes if file == name]
    if holes:
        pieces = [piece_of(name, text, what) for what in holes]
        return [(piece.begin, piece.end) for piece in pieces]
    if not name.endswith((".cpp", ".hpp", ".asm", ".inc")):
        return []
    import difflib

    spans, place = [], 0
    offsets = [0]
    for line in text.splitlines(keepends=True):
        place += len(line)
        offsets.append(place)
    matcher = difflib.SequenceMatcher(None, start.splitlines(), text.splitlines(), autojunk=False)
    for kind, _, _, begin, end in matcher.get_opcodes():
        if kind in ("insert", "replace"):
            spans.append((offsets[begin], offsets[end]))
    return spans


def short(text: str) -> str:
    """Code on one line."""
    text = " ".join(re.sub(r"(^|\s)(//|;).*", "", text, flags=re.MULTILINE).split())
    return text if len(text) <= 70 else text[:67] + "..."


# --- C++ ---

NEIGHBOURS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-",
              "-": "+", "*": "/", "/": "*", "%": "/", "<<": ">>", ">>": "<<", "&": "|", "|": "&", "^": "|", "+=": "-=",
              "-=": "+=", "|=": "=", "&=": "=", "<<=": ">>=", ">>=": "<<=", "*=": "/="}
ONE_OF_TWO = ("&", "|", "&&", "||")
SIGN_MATTERS = ("<", "<=", ">", ">=", ">>", "/", "%")


def arguments_of(tree: Path, name: str) -> List[str]:
    """How clang is to compile this file: as the Makefile has it for clangd."""
    subprocess.run(["make", "--no-print-directory", "compile_commands.json"], cwd=tree, check=True,
                   stdout=subprocess.DEVNULL, timeout=60)
    commands = {one["file"]: one["command"] for one in json.loads((tree / "compile_commands.json").read_text())}
    words = commands.get(name, next(iter(commands.values()))).split()[1:]
    return [word for word in words if word not in ("-c", name) and not word.endswith((".cpp", ".hpp"))] + ["-x", "c++"]


def cpp_edits(tree: Path, name: str, texts: Texts, spans: List[Span]) -> List[Edit]:
    from clang import cindex

    # An argument of a macro has no place of its own in clang's bindings: KERNEL_ASSERT and TRY are taken for functions here.
    parsed = {**texts, name: texts[name].replace("KERNEL_ASSERT(", "KERNEL_ASSERt(").replace("TRY(", "TRy(")}
    before = ("void KERNEL_ASSERt(bool, const char*);\n"
              "template <typename T> struct Tried : T {};\ntemplate <typename T> struct Tried<T&> : T {};\n"
              "template <typename T> typename Tried<T>::value_type TRy(T&&);\n")
    words = [*arguments_of(tree, name), "-working-directory", str(tree), "-include", str(tree / "mutants.hpp")]
    files = [(str(tree / file), text) for file, text in parsed.items()] + [(str(tree / "mutants.hpp"), before)]
    unit = cindex.Index.create().parse(str(tree / name), words, files)
    finder = _CppEdits(cindex, texts[name], str(tree / name), spans)
    for one in unit.diagnostics:
        place = finder.place(one.location.offset) if one.location.file and one.location.file.name == finder.file else -1
        # Elsewhere it may take offence: clang 14 is older than this C++. It can't destroy an expected of an owner at all.
        if one.severity == cindex.Diagnostic.Fatal or (one.severity == cindex.Diagnostic.Error
                                                       and finder.inside((place, place))
                                                       and "deleted function" not in one.spelling):
            raise ValueError(f"clang does not parse {name}: {one}")
    finder.visit(unit.cursor)
    return finder.edits


class _CppEdits:
    def __init__(self, cindex, text: str, file: str, spans: List[Span]):
        self.kinds, self.types = cindex.CursorKind, cindex.TypeKind
        self.text, self.file, self.spans = text, file, spans
        self.edits: List[Edit] = []
        self.ascii = text.isascii()
        kinds = self.kinds
        self.loops = (kinds.FOR_STMT, kinds.WHILE_STMT, kinds.CXX_FOR_RANGE_STMT, kinds.DO_STMT)
        self.blocks = (kinds.COMPOUND_STMT, kinds.IF_STMT, kinds.SWITCH_STMT, *self.loops[:3])

    # Places. clang counts bytes.

    def place(self, offset: int) -> int:
        return offset if self.ascii else len(self.text.encode()[:offset].decode())

    def span(self, cursor) -> Span:
        return self.place(cursor.extent.start.offset), self.place(cursor.extent.end.offset)

    def code(self, cursor) -> str:
        begin, end = self.span(cursor)
        return self.text[begin:end]

    def inside(self, span: Span) -> bool:
        return any(begin <= span[0] and span[1] <= end for begin, end in self.spans)

    def line(self, place: int) -> str:
        """The line around, to name an edit by."""
        begin = self.text.rfind("\n", 0, place) + 1
        return short(self.text[begin : self.text.find("\n", place)])

    def add(self, span: Span, text: str, name: str = "") -> None:
        if self.inside(span) and self.text[span[0] : span[1]] != text:
            old = short(self.text[span[0] : span[1]])
            self.edits.append(Edit(name or f"`{short(text)}` for `{old}` in `{self.line(span[0])}`", span, text))

    # Walking

    def is_here(self, cursor) -> bool:
        file = cursor.location.file
        return file is None or file.name == self.file

    def visit(self, cursor) -> None:
        if cursor.kind != self.kinds.TRANSLATION_UNIT and not self.is_here(cursor):
            return
        begin, end = self.span(cursor)
        near = any(begin < last and first < end for first, last in self.spans)
        if cursor.kind != self.kinds.TRANSLATION_UNIT and not near:
            return
        if near or cursor.kind == self.kinds.TRANSLATION_UNIT:
            self.mutate(cursor)
            for child in cursor.get_children():
                self.visit(child)

    def mutate(self, cursor) -> None:
        kinds = self.kinds
        children = list(cursor.get_children())
        kind = cursor.kind
        if kind == kinds.COMPOUND_STMT:
            self.statements(cursor, children)
        elif kind in self.loops:
            body = children[0] if kind == kinds.DO_STMT else children[-1]
            if body.kind == kinds.COMPOUND_STMT:
                _, end = self.span(body)
                self.add((end - 1, end), "break; }", f"one round of `{self.line(self.span(cursor)[0])}`")
        elif kind == kinds.IF_STMT:
            self.condition(cursor, children)
        elif kind == kinds.INTEGER_LITERAL or kind == kinds.CHARACTER_LITERAL:
            self.constant(cursor, self.code(cursor) in ("0", "0U"))
        elif kind == kinds.CXX_BOOL_LITERAL_EXPR:
            self.add(self.span(cursor), "false" if self.code(cursor) == "true" else "true")
        elif kind == kinds.DECL_REF_EXPR:
            self.reference(cursor)
        elif kind in (kinds.BINARY_OPERATOR, kinds.COMPOUND_ASSIGNMENT_OPERATOR) and len(children) == 2:
            self.binary(cursor, *children)
        elif kind == kinds.CALL_EXPR:
            operator = [child for child in children if child.spelling.startswith("operator")]
            if operator and len(children) == 3 and not self.code(cursor).endswith(("]", ")")):
                self.binary(cursor, children[0], children[2])
            else:
                self.exchange_arguments(list(cursor.get_arguments()))
        elif kind == kinds.INIT_LIST_EXPR:
            self.exchange_arguments(children)
        elif kind == kinds.CONDITIONAL_OPERATOR:
            for arm in children[1:]:
                self.add(self.span(cursor), f"({self.code(arm)})")
        elif kind == kinds.UNARY_OPERATOR and children:
            self.unary(cursor, children[0])

    # Mutations

    def whole(self, statement) -> Span:
        begin, end = self.span(statement)
        after = re.compile(r"\s*;").match(self.text, end)
        return begin, after.end() if after and statement.kind not in self.blocks else end

    def statements(self, block, children) -> None:
        kinds = self.kinds
        children = [child for child in children if self.is_here(child)]  # not what an #include in the block has brought
        spans = [self.whole(child) for child in children]
        function_body = self.inside(self.span(block)) and any(self.span(block)[1] == end for _, end in self.spans)
        for number, (child, (begin, end)) in enumerate(zip(children, spans)):
            last = number == len(children) - 1
            code = short(self.text[begin:end])
            if child.kind not in (kinds.DECL_STMT, kinds.NULL_STMT) and not (
                    last and function_body and child.kind == kinds.RETURN_STMT and len(list(child.get_children()))):
                self.add((begin, end), ";", f"without `{code}`")
            if not last:
                after = spans[number + 1]
                between = self.text[end : after[0]]
                self.add((begin, after[1]), self.text[after[0] : after[1]] + between + self.text[begin:end],
                         f"`{short(self.text[after[0]:after[1]])}` before `{code}`")
            if number and function_body and not (last and child.kind == kinds.RETURN_STMT):
                way = self.text[slice(*spans[-1])] if children[-1].kind == kinds.RETURN_STMT else "return;"
                self.add((begin, begin), way + " ", f"`{short(way)}` before `{code}`")

    def condition(self, cursor, children) -> None:
        begin, _ = self.span(cursor)
        inner = [child for child in children if child.kind != self.kinds.DECL_STMT]
        if inner and inner[0].kind.is_expression():
            self.add(self.span(inner[0]), "true")
            if len(inner) > 2:
                self.add(self.span(inner[0]), "false")

    def constant(self, cursor, zero: bool = False) -> None:
        code = self.code(cursor)
        if re.fullmatch(r"[\w']+", code):
            for sign in "+" if zero else "+-":
                self.add(self.span(cursor), f"({code} {sign} 1)")

    def reference(self, cursor) -> None:
        declared = cursor.referenced
        if declared is None:
            return
        if declared.kind == self.kinds.ENUM_CONSTANT_DECL:
            all_of_them = [child for child in declared.semantic_parent.get_children()
                           if child.kind == self.kinds.ENUM_CONSTANT_DECL]
            names = [child.spelling for child in all_of_them]
            after = names[(names.index(declared.spelling) + 1) % len(names)]
            code = self.code(cursor)
            if code.endswith(declared.spelling):
                self.add(self.span(cursor), code[: -len(declared.spelling)] + after)
        elif declared.kind == self.kinds.VAR_DECL:
            kind = declared.type.get_canonical()
            parent = declared.semantic_parent.kind
            local = parent in (self.kinds.FUNCTION_DECL, self.kinds.CXX_METHOD, self.kinds.CONSTRUCTOR)
            if kind.is_const_qualified() and not local and self.integral(kind):
                self.constant(cursor)

    def integral(self, kind) -> bool:
        types = self.types
        return kind.get_canonical().kind in (types.CHAR_U, types.UCHAR, types.USHORT, types.UINT, types.ULONG,
                                             types.ULONGLONG, types.CHAR_S, types.SCHAR, types.SHORT, types.INT,
                                             types.LONG, types.LONGLONG)

    def unsigned(self, kind) -> bool:
        types = self.types
        return kind.get_canonical().kind in (types.UCHAR, types.USHORT, types.UINT, types.ULONG, types.ULONGLONG)

    def binary(self, cursor, left, right) -> None:
        begin, end = self.span(left)[1], self.span(right)[0]
        between = self.text[begin:end]
        operator = re.fullmatch(r"[\s)]*?\s*([-+*/%<>=!&|^]+)\s*[\s(]*", between)
        if not operator:
            return
        sign = operator[1]
        span = begin + operator.start(1), begin + operator.end(1)
        where = f" in `{self.line(span[0])}`"
        if sign in NEIGHBOURS:
            self.add(span, NEIGHBOURS[sign],
                     f"`{short(self.code(left))} {NEIGHBOURS[sign]} {short(self.code(right))}`{where}")
        plain = between.count("(") == between.count(")") == 0
        if sign in ONE_OF_TWO and plain:
            for one in (left, right):
                self.add(self.span(cursor), self.code(one))
        if sign in SIGN_MATTERS and plain and self.unsigned(left.type):
            wide = "long long" if left.type.get_canonical().kind == self.types.ULONGLONG else "int"
            for_both = sign[0] in "<>" and sign != ">>"
            signed = f"static_cast<{wide}>({self.code(left)}) {sign} "
            signed += f"static_cast<{wide}>({self.code(right)})" if for_both else self.code(right)
            self.add(self.span(cursor), f"({signed})", f"`{short(self.code(cursor))}` with a sign{where}")

    def unary(self, cursor, operand) -> None:
        begin, end = self.span(cursor)
        first, last = self.span(operand)
        before, after = self.text[begin:first].strip(), self.text[last:end].strip()
        if before in ("!", "~", "-"):
            self.add((begin, end), self.code(operand))
        for sign, other in (("++", "--"), ("--", "++")):
            if before == sign:
                self.add((begin, end), other + self.code(operand))
            elif after == sign:
                self.add((begin, end), self.code(operand) + other)

    def exchange_arguments(self, arguments) -> None:
        for one, other in zip(arguments, arguments[1:]):
            if one.type.get_canonical().spelling.replace("const ", "") == \
                    other.type.get_canonical().spelling.replace("const ", ""):
                (begin, first_end), (second, end) = self.span(one), self.span(other)
                between = self.text[first_end:second]
                if begin < first_end <= second < end and between.strip() == "," and self.text[begin] != ".":
                    self.add((begin, end), self.code(other) + between + self.code(one))


# --- NASM ---

REGISTERS = (("eax", "ecx", "edx", "ebx", "esi", "edi", "ebp"), ("ax", "cx", "dx", "bx", "si", "di"),
             ("al", "cl", "dl", "bl"), ("ds", "es", "fs", "gs", "ss"))
NEXT_REGISTER = {name: family[(place + 1) % len(family)] for family in REGISTERS for place, name in enumerate(family)}
JUMPS = {"jb": ("jbe", "jl", "jae"), "jbe": ("jb", "jle", "ja"), "ja": ("jae", "jg", "jbe"), "jae": ("ja", "jge", "jb"),
         "jl": ("jle", "jb", "jge"), "jle": ("jl", "jbe", "jg"), "jg": ("jge", "ja", "jle"), "jge": ("jg", "jae", "jl"),
         "je": ("jne",), "jne": ("je",), "jz": ("jnz",), "jnz": ("jz",), "jc": ("jnc",), "jnc": ("jc",), "js": ("jns",),
         "jns": ("js",), "jecxz": ("jmp",)}
OTHERS = {"and": ("or",), "or": ("and", "xor"), "add": ("sub",), "sub": ("add",), "inc": ("dec",), "dec": ("inc",),
          "shl": ("shr",), "shr": ("shl", "sar"), "sar": ("shr",), "movsd": ("movsb",), "movsb": ("movsd",),
          "stosd": ("stosb",), "movzx": ("movsx",), "div": ("idiv",), "lea": ("mov",), **JUMPS}
CODE_LINE = re.compile(r"(?P<label>\s*[\w.]+:)?(?P<code>[^;\n]*?)(?P<rest>\s*(?:;[^\n]*)?)$")
DIRECTIVE = re.compile(r"\s*(%|global|extern|section|align|bits|org|\w+\s+equ|struc|endstruc|$)")


def nasm_edits(text: str, spans: List[Span]) -> List[Edit]:
    edits: List[Edit] = []
    for begin, end in spans:
        edits += list(_nasm_edits(text, begin, end))
    return edits


def _nasm_edits(text: str, begin: int, end: int) -> Iterator[Edit]:
    lines = []  # (span of the code, code) of those that are instructions or data
    place = begin
    for line in text[begin:end].splitlines(keepends=True):
        found = CODE_LINE.match(line.rstrip("\n"))
        if not NO_INSTRUCTION.match(line.rstrip("\n")) and not DIRECTIVE.match(found["code"]):
            first, last = found.span("code")
            first += len(found["code"]) - len(found["code"].lstrip())
            lines.append(((place + first, place + last), text[place + first : place + last]))
        place += len(line)
    for number, (span, code) in enumerate(lines):
        yield Edit(f"without `{short(code)}`", span, "")
        if number + 1 < len(lines):
            after, other = lines[number + 1]
            yield Edit(f"`{short(other)}` before `{short(code)}`", (span[0], after[1]),
                       other + text[span[1] : after[0]] + code)
        for first, last, new in _operand_edits(code):
            mutated = code[:first] + new + code[last:]
            yield Edit(f"`{short(mutated)}` for `{short(code)}`", span, mutated)


def _operand_edits(code: str) -> Iterator[Tuple[int, int, str]]:
    """Places of a line, and what comes there instead."""
    for found in re.finditer(r"(?<![\w.$])(?:0x[0-9A-Fa-f]+|\d+|[A-Z][A-Z0-9_]+)(?![\w.:$])|[\w.$]+", code):
        word = found[0]
        first, last = found.span()
        if word in NEXT_REGISTER:
            yield first, last, NEXT_REGISTER[word]
        elif word in OTHERS:
            for other in OTHERS[word]:
                yield first, last, other
        elif re.fullmatch(r"0x[0-9A-Fa-f]+|\d+|[A-Z][A-Z0-9_]+", word):
            in_brackets = code.rfind("[", 0, first) > code.rfind("]", 0, first)
            for step in (4,) if in_brackets else (1,):
                yield first, last, f"{word} + {step}"
                if word != "0":
                    yield first, last, f"{word} - {step}"
