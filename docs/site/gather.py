#!/usr/bin/python3
"""Makes the site's sources from docs/ as it is, for Sphinx to build: build/site-work/text.

    gather.py TEXT PAGES
    gather.py TEXT              for the book on paper, and for e-readers: without machines and files' pages

Each document keeps its place below TEXT, a README.md becomes index.md. What a code-hosting site does by itself is done here:
a link to a file of the tree leads to a page with the whole file, which is made here too, in PAGES/files; a quotation has the
file's name above it; a diagram is a picture. TEXT/diagrams.json says which pictures diagrams.mjs has to draw.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Optional, Set

import pygments
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from course import catalogue_of_mistakes as catalogue
from course import exercise_file, paper
from course.catalogue_of_mistakes import Mutation
from course.document import ROOT
from machine import chapters

FENCE = re.compile(r"^( *)(`{3,}|~{3,})([^\n]*)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?\[(?:[^\[\]]|\[[^\]]*\])*\])\((?!\w+:)([^)\s#]*)(#[^)\s]*)?\)")
CHAPTER = re.compile(r"docs/(\d\d)-[\w-]+/README\.md$")
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
# What Pygments calls the languages of our fences and files; others are shown as plain text.
LANGUAGES = {"cpp": "cpp", "hpp": "cpp", "c": "c", "h": "c", "def": "c", "asm": "nasm", "inc": "nasm", "nasm": "nasm", "make": "make",
             "mk": "make", "Makefile": "make", "python": "python", "py": "python", "sh": "bash"}  # fmt: skip


MACHINE = """
## The machine

```{{raw}} html
<link rel="stylesheet" href="../_static/machine.css">
<script src="../machine/machine.js" defer></script>
<section class="machine" aria-label="The machine of this chapter" data-chapter="{chapter}" data-base="../machine/">
<noscript><p>The machine of this page needs JavaScript. All of the text can be read without it.</p></noscript>
</section>
```

## Step through it
"""

PREDICTION = """

## Predict, then watch

```{{raw}} html
<link rel="stylesheet" href="../../_static/machine.css">
<script src="../../machine/progress.js" defer></script>
<script src="../../machine/machine.js" defer></script>
<script src="../../machine/predict.js" defer></script>
<section class="machine" aria-label="The machine of this exercise" data-base="../../machine/" data-variant="{variant}" data-number="{number}" data-ask="{ask}"></section>
<noscript><p>The machine of this page needs JavaScript: <code>make exercise N={number}</code> asks the same on your own computer.</p></noscript>
<p class="progress"></p>
```
"""

OFFERED = """
```{raw} html
<p>The whole book to take along: <a href="trapgate.pdf">as PDF</a>, or <a href="trapgate.epub">as EPUB</a> for an e-reader.</p>
<script src="machine/progress.js" defer></script>
<p class="progress"></p>
```
"""

MISTAKES = """
### Watch these mistakes

A button boots the chapter's mistake in this page's machine. What it died of is told below the screen, as `make qemu
MUTATION=` tells it.

```{{raw}} html
<ul class="mistakes">
{items}
</ul>
```
"""

MISTAKE = """<li id="mistake-{name}"><button type="button" data-variant="{name}" hidden aria-label="Watch {name}">Watch</button>
{title} (<code>{name}</code>)</li>"""

FILE_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TITLE - Trapgate</title>
<link rel="stylesheet" href="UP/_static/pygments.css">
<link rel="stylesheet" href="UP/_static/file.css">
<link rel="icon" href="UP/_static/icon.svg">
</head>
<body>
<nav><a href="UP/index.html">Trapgate</a> <a href="UP/files/index.html">Files</a></nav>
<main>
<h1>TITLE</h1>
BODY
</main>
</body>
</html>
"""


def tree_files() -> List[str]:
    return subprocess.run(["git", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


class Gatherer:
    def __init__(self, out: Path, pages: Optional[Path]):
        self.out = out
        self.pages = pages  # None: for the book
        self.files = set(tree_files())
        self.folders = {str(parent) for file in self.files for parent in Path(file).parents}
        self.wanted: Set[str] = set()  # files and folders that some page links to
        self.diagrams: Dict[str, str] = {}
        self.predictions = {str(one.file.relative_to(ROOT)): one for one in exercise_file.load_all(ROOT) if one.kind == "predict"}
        self.mistakes = {one.id: one for one in catalogue.load()}

    def is_page(self, file: str) -> bool:
        """Whether it is a document of the site, and not just a file of the tree. What is for graders would tell solutions."""
        return file.endswith(".md") and not file.endswith(".grader.md") and (file.startswith("docs/") or file == "README.md")

    def document_of(self, file: str) -> str:
        """The place in the site of a document of the tree."""
        name = "about.md" if file == "README.md" else file[len("docs/") :]
        return re.sub(r"(^|/)README\.md$", r"\1index.md", name)

    def page_of(self, file: str) -> str:
        """The page of a file of the tree, or of a folder."""
        self.wanted.add(file)
        return f"files/{file}.html" if file in self.files else f"files/{file}/index.html".replace("/./", "/")

    def linked(self, words: str, page: str, file: str) -> str:
        """A link to a file's page, which is none of Sphinx' documents. In the book only the words remain."""
        return words if self.pages is None else f'<a href="{self.link(page, self.page_of(file))}">{words}</a>'

    def link(self, page: str, target: str) -> str:
        return os.path.relpath(target, Path(page).parent)

    # --- One document ---

    def convert(self, file: str) -> None:
        page = self.document_of(file)
        text = (ROOT / file).read_text()
        parts, position = [], 0
        for fence in FENCE.finditer(text):
            parts += [self.prose(text[position : fence.start()], file, page), self.fence(fence, page)]
            position = fence.end()
        parts.append(self.prose(text[position:], file, page))
        self.write(page, self.with_machine(file, "".join(parts)) + self.contents(file))

    def with_machine(self, file: str, text: str) -> str:
        """The text with what only a page can have. A chapter's machine has its place before the sessions that are typed into it, its mistakes after
        the traps; a prediction's machine is the end of the exercise."""
        if self.pages is None:
            return text
        prediction = self.predictions.get(file)
        if prediction:
            return text + PREDICTION.format(variant=f"predict-{prediction.number}", number=prediction.number, ask=" ".join(paper.questions(prediction)))
        if file == "docs/README.md":
            return text.replace("\n", "\n" + OFFERED, 1)
        chapter = CHAPTER.match(file)
        if not chapter:
            return text
        text = text.replace("\n## Step through it\n", MACHINE.format(chapter=chapter[1]), 1)
        own = [mistake_item(one) for one in self.mistakes.values() if one.chapter == int(chapter[1])]
        return text.replace("\n## How Linux and xv6 do it\n", MISTAKES.format(items="\n".join(own)) + "\n## How Linux and xv6 do it\n", 1) if own else text

    def mistake_link(self, code: str, page: str) -> str:
        """A mistake's name in a chapter's text leads to its button."""
        mistake = self.mistakes.get(code.strip("`"))
        if mistake is None or self.pages is None or not re.match(r"\d\d-[\w-]+/index\.md$", page):
            return code
        target = next(self.document_of(f"docs/{one.folder.name}/README.md") for one in chapters.chapters() if one.number == mistake.chapter)
        place = "" if target == page else self.link(page, target.replace(".md", ".html"))
        return f'<a href="{place}#mistake-{mistake.id}">{code}</a>'

    def prose(self, text: str, file: str, page: str) -> str:
        pieces, position = [], 0
        for code in CODE.finditer(text):  # what looks like a link in code is code
            pieces += [text[position : code.start()], code.group()]
            position = code.end()
        held: List[str] = []

        def hold(piece: str) -> str:
            held.append(piece)
            return f"\0{len(held) - 1}\0"

        whole = "".join(piece if number % 2 == 0 else hold(self.mistake_link(piece, page)) for number, piece in enumerate([*pieces, text[position:]]))
        whole = LINK.sub(lambda link: self.moved_link(link, file, page), whole)
        whole = re.sub(r"^<!-- /?[\w-]+ -->\n", "", whole, flags=re.MULTILINE)
        whole = re.sub(r"^\| \| Exercise \|", "| Number | Exercise |", whole, flags=re.MULTILINE)
        return re.sub(r"\0(\d+)\0", lambda mark: held[int(mark[1])], whole)

    def moved_link(self, link: re.Match, file: str, page: str) -> str:
        words, path, anchor = link[1], link[2], link[3] or ""
        if not path:
            return link.group()
        target = os.path.normpath(os.path.join(os.path.dirname(file), path))
        if target not in self.files and target not in self.folders:
            raise SystemExit(f"gather: {file} links to {path}, which is not in the tree")
        if words.startswith("!") or target.endswith((".png", ".svg", ".html")):
            self.copy(target)
            return f"{words}({self.link(page, target[len('docs/'):])})"
        if self.is_page(target):
            return f"{words}({self.link(page, self.document_of(target))}{anchor})"
        return self.linked(words[1:-1], page, target)

    def fence(self, fence: re.Match, page: str) -> str:
        indent, info, body = fence[1], fence[3].strip(), fence[4]
        language, _, rest = info.partition(" ")
        lines = [line[len(indent) :] if line.startswith(indent) else line for line in body.splitlines()]
        if language == "mermaid":
            made = self.diagram("\n".join(lines), page)
        else:
            words = {name: value.strip('"') for name, value in re.findall(r'(\w+)(?:=("(?:\\"|[^"])*"|\S+))?', rest)}
            made = code_block(language, lines, caption=self.caption(words, page), classes=classes(language, words))
        return "\n".join(indent + line if line else "" for line in made)

    def caption(self, words: Dict[str, str], page: str) -> Optional[str]:
        if "file" in words:
            file = words["file"]
            if file in self.files:
                return self.linked(file, page, file)
            return f"`{file}`"
        if "bochs" in words:
            return f"`make bochs-debug {words['bochs']}`"
        if "gdb" in words:
            return f"`make debug {words['gdb']}`"
        return f"`make rewind MUTATION={words['rewind']}`" if "rewind" in words else None

    def diagram(self, source: str, page: str) -> List[str]:
        name = hashlib.sha256(source.encode()).hexdigest()[:16]
        self.diagrams[name] = source
        labels = re.findall(r'[\[({|:"]+\s*"?([^\[\](){}|"]+?)"?\s*(?:[\])}|"]+|$)', source, re.MULTILINE)
        told = "; ".join(dict.fromkeys(label.strip() for label in labels if len(label.strip()) > 1))
        return [f"![Diagram: {told}]({self.link(page, f'diagrams/{name}.svg')})"]

    def contents(self, file: str) -> str:
        """The list of pages below this one, which the site shows at the side."""
        if file == "docs/README.md":
            below = [f"{one.folder.name}/index" for one in chapters.chapters()]
            reference = sorted(one[len("docs/") : -len(".md")] for one in self.files if re.match(r"docs/reference/\w[\w-]*\.md$", one))
            others = ["about", "for-teachers", "contributing-exercises"]
            return "".join(toctree(pages, caption) for caption, pages in
                           [("Chapters", below), ("Reference", reference), ("The project", others)])  # fmt: skip
        if CHAPTER.match(file):
            folder = os.path.dirname(file) + "/exercises/"
            names = [one for one in self.files if one.startswith(folder) and self.is_page(one)]
            names.sort(key=lambda one: int(re.match(r"\d+", os.path.basename(one))[0]))
            return toctree([one[len(os.path.dirname(file)) + 1 : -len(".md")] for one in names])
        return ""

    # --- The tree's files ---

    def write_files(self) -> None:
        """A page for each file that is linked to, and for each folder above one; as if there were none yet: conf.py completes it."""
        self.wanted.add(".")
        done: Set[str] = set()
        while self.wanted - done:
            for one in sorted(self.wanted - done):
                done.add(one)
                self.write_page(self.pages / self.page_of(one), one, self.listing(one) if one in self.folders else self.coloured(one))
        pages = {self.pages / self.page_of(one) for one in done}
        for old in (self.pages / "files").rglob("*.html"):
            if old not in pages:
                old.unlink()

    def coloured(self, file: str) -> str:
        name = Path(file)
        language = LANGUAGES.get(name.suffix[1:] or name.name, "text")
        lexer = get_lexer_by_name(language, stripnl=False)
        return pygments.highlight((ROOT / file).read_text(), lexer, HtmlFormatter(linenos="inline", lineanchors="line"))

    def listing(self, folder: str) -> str:
        page = self.page_of(folder)
        prefix = "" if folder == "." else folder + "/"
        below = {one[len(prefix) :].partition("/")[0] for one in self.files if one.startswith(prefix) and readable(one)}
        folders, files = (sorted(one for one in below if (prefix + one in self.files) == kind) for kind in (False, True))
        items = [f"<li>{self.linked(one + '/' * (one in folders), page, prefix + one)}</li>" for one in folders + files]
        return "<ul>\n" + "\n".join(items) + "\n</ul>\n"

    def write_page(self, path: Path, name: str, body: str) -> None:
        up = os.path.relpath(self.pages, path.parent)
        title = "The source files" if name == "." else html.escape(name)
        page = FILE_PAGE.replace("UP", up).replace("TITLE", title).replace("BODY", body)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page)

    # --- What is written ---

    def write(self, page: str, text: str) -> None:
        """Only if it has changed: Sphinx makes new pages of new files only."""
        path = self.out / page
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        self.written.add(path)

    def copy(self, file: str) -> None:
        path = self.out / file[len("docs/") :]
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != (ROOT / file).read_bytes():
            shutil.copyfile(ROOT / file, path)
        self.written.add(path)

    def gather(self) -> None:
        self.written: Set[Path] = set()
        for file in sorted(self.files):
            if self.is_page(file) and (ROOT / file).exists():
                self.convert(file)
        if self.pages:
            self.write_files()
        self.write("diagrams.json", json.dumps(self.diagrams, indent=1, sort_keys=True) + "\n")
        for old in self.out.rglob("*"):
            if old.is_file() and old not in self.written and old.parent.name != "diagrams":
                old.unlink()


def mistake_item(mistake: Mutation) -> str:
    title = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(mistake.title))
    return MISTAKE.format(name=mistake.id, title=title)


def readable(file: str) -> bool:
    """Whether a listing of the source shows it: not what the site shows as its text, nor what would tell solutions."""
    return not re.search(r"^docs/|^tests/|^\.|\.(png|md)$", file)


def classes(language: str, words: Dict[str, str]) -> str:
    if language != "console":
        return ""
    typed = re.search(r"TYPED='(.*)'", words.get("bochs", ""))
    return f"session {'bochs' if 'bochs' in words else 'shell'}" + (f" typed-{typed[1].encode().hex()}" if typed else "")


def code_block(language: str, lines: List[str], caption: Optional[str] = None, classes: str = "") -> List[str]:
    ticks = "`" * max([3, *(len(run) + 1 for line in lines for run in re.findall(r"`+", line))])
    quoted = (caption or "").replace("'", "''")
    options = [f":caption: '{quoted}'"] if caption else []
    options += [f":class: {classes}"] if classes else []
    return [f"{ticks}{{code-block}} {LANGUAGES.get(language, 'text')}", *options, *([""] if options else []), *lines, ticks]


def toctree(pages: List[str], caption: str = "") -> str:
    return "\n".join(["", "", "```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else []), "", *pages, "```", ""])


if __name__ == "__main__":
    Gatherer(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None).gather()
