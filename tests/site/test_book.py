"""The book to take along: build/site/trapgate.pdf and trapgate.epub."""

import posixpath
import re
import zipfile
from urllib.parse import unquote, urldefrag, urlparse

import pytest

from browsing import ROOT, SITE

ANCHOR = re.compile(r'\bid="([^"]+)"')
ADDRESS = re.compile(r'\b(?:href|src)="([^"]+)"')


@pytest.fixture(scope="module")
def epub():
    with zipfile.ZipFile(SITE / "trapgate.epub") as book:
        yield book


def test_epub_is_one(epub):
    first = epub.infolist()[0]
    assert (first.filename, first.compress_type, epub.read(first)) == ("mimetype", zipfile.ZIP_STORED, b"application/epub+zip")
    chapters = [folder.name for folder in sorted((ROOT / "docs").glob("[0-9]*"))]
    contents = epub.read("nav.xhtml").decode()
    assert [name for name in chapters if f'href="{name}/index.xhtml"' not in contents] == []


def test_epub_says_which_book_it_is(epub):
    package = epub.read("content.opf").decode()
    assert 'unique-identifier="trapgate"' in package and re.search(r'<dc:identifier id="trapgate">urn:uuid:[0-9a-f-]{36}</dc:identifier>', package)
    assert ">unknown<" not in package


def test_epub_links_lead_somewhere(epub):
    names = set(epub.namelist())
    texts = {name: epub.read(name).decode() for name in names if name.endswith(".xhtml")}
    anchors = {name: set(ANCHOR.findall(text)) for name, text in texts.items()}
    broken = []
    for name, text in texts.items():
        for address in ADDRESS.findall(text):
            if urlparse(address).scheme:
                continue
            path, fragment = urldefrag(address)
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path))) if path else name
            if target not in names or (fragment and fragment not in anchors[target]):
                broken.append(f"{name}: {address}")
    assert broken == []


def test_pdf_has_the_books_pages_and_links():
    page = (ROOT / "build/site-work/book.html").read_text()
    anchors, links = ANCHOR.findall(page), re.findall(r'<a\b[^>]*\bhref="#([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert links and set(links) <= set(anchors)
    pdf = (SITE / "trapgate.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-") and len(re.findall(rb"/Type\s*/Page\b", pdf)) > 300
    assert len(re.findall(rb"/Subtype\s*/Link", pdf)) >= len(links)
    assert len(re.findall(rb"/Title", pdf)) > 19 * 10  # the outline: chapters and their parts
