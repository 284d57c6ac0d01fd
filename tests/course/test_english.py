"""What a native reader stumbles over does not come back into what readers see: documentation, source, messages."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = re.compile(r"^(README\.md|docs/.*\.(md|cpp|asm)|(kernel|boot|programs|linker|iso)/.*\.(cpp|hpp|c|h|asm|def|inc|ld|cfg)"
                  r"|(Makefile|.*\.mk)|tests/mutations/.*\.(md|txt))$")
SPEAKS = re.compile(r"^(iso/machine|docs/course)/.*\.py$")  # their messages; their comments are for us

# A pattern; what to write instead; and where it is good English: such words may stand around it.
PATTERNS = [
    (r"\bnobody\b", "say what does not happen, or 'no handler', 'no caller'", r"(?!)"),
    (r"\bfor ever\b", "forever", r"(?!)"),
    (r"\bbehind\b", "after, past", r"le(ft|aves?) (\w+ ){1,3}behind|memory behind (it|them)|behind that door"),
    (r"\b(stands?|stood)\b", "is, lies, means", r"st(ands?|ood) (still|in for|out)\b|how it stood|it stood:|could not stand"),
    (r"\bone an? [a-z]+\b", "one per", r"other one a\b|holds one a\b|register holds one a"),
    (r"\bso as long as\b", "until", r"(?!)"),
    (r"\bfit to\b", "match", r"(?!)"),
    (r"\b(million|few|how many) looks\b|\blooks (before|a|per) (we|line|character)", "polls", r"(?!)"),
    (r"\b(that|which) (is|are) none\b", "is not one", r"(?!)"),
    (r"\bmodule that is one\b", "say what it is", r"(?!)"),
    (r"\b(the|its|their|at|from) begin\b(?! *[=+,;(])", "beginning", r"(?!)"),
    (r"\bas always\b", "as usual, as before", r"(?!)"),
    (r"\bmay so\b|\bwants? it so\b", "so it may; demands it", r"(?!)"),
    (r"\bto be (seen|had)\b", "there is nothing to see; available", r"(?!)"),
    (r"\bmend(s|ed|ing)?\b", "fix", r"handler-mends-nothing"),
    (r"\bshall\b", "must, is to", r"(?!)"),
    (r"\b(odd|strange) error code\b", "strange: odd is a number", r"strange error code"),
    (r"\bthe boot loader told\.", "said", r"(?!)"),
    (r"\bone (state|section|line|look|kind|check)s? more\b", "one more", r"(?!)"),
    (r"\buser of `\w+` less\b|\bheader that is no more\b|\bthe doors that\b", "see the issue's list", r"(?!)"),
    (r"\bfriend of who\b|(?:^|[.:] )Who (wants|writes|knows|needs)\b[^?]*$", "someone who, a driver that", r"(?!)"),
    (r"\bbelongs? into\b", "belongs in", r"(?!)"),
    (r"(?<![Tt]here )\b(is|are) no (instruction|folder|field|clone|key|text|constructor|function|"
     r"program|file|descriptor|directory|terminal|selector|code|character|error|number|symbolic|header|copy|tool)s?\b", "is not a ...", r"(?!)"),
    (r"\bapart from your files\b", "without touching your files", r"(?!)"),
    (r"\b(not|n't) (get on|come through)\b", "go on, survive", r"(?!)"),
]


def files():
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return [name for name in names if TEXT.match(name) or SPEAKS.match(name)]


def spoken(text: str) -> str:
    """A Python file's strings, each on its line, without those that document it."""
    tree = ast.parse(text)
    documentation = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    lines = [""] * (text.count("\n") + 2)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation:
            lines[node.lineno] += node.value.replace("\n", " ") + " "
    return "\n".join(lines[1:])


def complaints(text: str):
    """(line, the words, what to write instead) of each; words that a line's end parts are seen, too."""
    found = []
    joined = re.sub(r"\n[ \t]*(///?|;|#|\*)?[ \t]*", lambda match: " " + "\0" * (len(match[0]) - 1), text)
    plain = joined.replace("\0", "")
    lines = [number for number, line in enumerate(text.splitlines(True), 1) for _ in line]
    places = [place for place, character in enumerate(joined) if character != "\0"]
    for pattern, instead, good in PATTERNS:
        for match in re.finditer(pattern, plain):
            around = plain[max(0, match.start() - 40) : match.end() + 40]
            if not re.search(good, around):
                found.append((lines[places[match.start()]], match[0], instead))
    return found


@pytest.mark.parametrize("name", files())
def test_no_word_that_a_native_reader_stumbles_over(name):
    text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
    if SPEAKS.match(name):
        text = spoken(text)
    listed = "".join(f"\n{name}:{line}: '{words}': {instead}" for line, words, instead in complaints(text))
    assert not listed, listed


def test_each_pattern_is_found_and_its_exceptions_are_not():
    bad = ["nobody calls it", "it waits for\n/// ever", "what lies behind it", "it stands in the table", "one a line", "so as long as",
           "does not fit to it", "a million looks", "a frame that is none", "no module that is one", "at the begin", "as always",
           "may so eat", "nothing is to be seen", "and mend it", "it shall be", "an odd error code", "What the boot loader told.",
           "one state more", "One user of `frame` less", "the best friend of who writes", "belongs into", "`x` is no key",
           "built apart from your files", "it does not come through"]
    for words in bad:
        assert len(complaints(words)) == 1, words
    assert complaints("first\n; one of\n; a kind, for\n;   ever") == [(3, "for ever", "forever")]
    assert complaints("it stands still, leaves nothing behind, and has memory behind them") == []


def test_of_a_python_file_only_what_it_says_is_read():
    text = '"""nobody"""\n# nobody\nprint("nobody", f"and {1} behind")\n'
    assert [(line, words) for line, words, _ in complaints(spoken(text))] == [(3, "nobody"), (3, "behind")]
