#!/usr/bin/python3
"""Puts the pages of Sphinx' e-book together to one page, for the printer: book.py EBOOK OUT.html

Each page's anchors get the page's name before them, so that links lead within the one page; print.mjs makes a PDF of it.
"""

from __future__ import annotations

import html
import posixpath
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import List
from urllib.parse import unquote, urldefrag, urlparse

OPF = {"opf": "http://www.idpf.org/2007/opf"}
LEFT_OUT = ("nav.xhtml", "genindex.xhtml")

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Trapgate</title>
<link rel="stylesheet" href="{folder}/_static/pygments.css">
<link rel="stylesheet" href="{style}">
</head>
<body>
{body}
</body>
</html>
"""


def pages(book: Path) -> List[str]:
    """Their names, in the order of reading."""
    package = ElementTree.parse(book / "content.opf")
    files = {one.get("id"): one.get("href") for one in package.iterfind("opf:manifest/opf:item", OPF)}
    order = (files[one.get("idref")] for one in package.iterfind("opf:spine/opf:itemref", OPF))
    return [name for name in order if name.endswith(".xhtml") and name not in LEFT_OUT]


def anchor(page: str, fragment: str = "") -> str:
    return re.sub(r"[^\w-]", "-", page.removesuffix(".xhtml")) + (f"--{fragment}" if fragment else "")


class Book:
    def __init__(self, folder: Path):
        self.folder = folder
        self.names = pages(folder)

    def moved(self, name: str, address: str, kind: str) -> str:
        """An address on a page, as it is in the book."""
        if urlparse(address).scheme:
            return address
        path, fragment = urldefrag(html.unescape(address))
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path))) if path else name
        if kind == "href" and target in self.names:
            return "#" + anchor(target, fragment)
        return f"{self.folder}/{target}"

    def part(self, name: str) -> str:
        text = (self.folder / name).read_text(encoding="utf-8")
        body = re.search(r'<div class="body" role="main">(.*?)<div class="clearer"></div>', text, re.DOTALL)[1]
        body = re.sub(r'\bid="([^"]+)"', lambda one: f'id="{anchor(name, one[1])}"', body)
        body = re.sub(r'\b(href|src)="([^"]+)"', lambda one: f'{one[1]}="{self.moved(name, one[2], one[1])}"', body)
        kind = "chapter" if re.match(r"\d\d-[\w-]+/index\.xhtml|[\w-]+\.xhtml$|reference/", name) else "exercise"
        return f'<article class="{kind}" id="{anchor(name)}">{body}</article>'


def main(folder: Path, out: Path) -> None:
    book = Book(folder)
    style = Path(__file__).resolve().parent / "print.css"
    out.write_text(PAGE.format(folder=folder, style=style, body="\n".join(book.part(name) for name in book.names)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
