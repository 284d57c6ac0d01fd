"""The site's text: build/site as `make site` has made it, as files and in Chromium."""

import re
import subprocess
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urlparse

import pytest

from browsing import ROOT, SITE, browse

PAGES = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html"))
TEXT = [page for page in PAGES if not page.startswith(("files/", "_static/"))]
CHAPTERS = [page for page in TEXT if re.match(r"\d\d-[\w-]+/index\.html$", page)]

# The term; where it is explained.
TERMS = {
    "multiboot": "01-first-boot/",
    "segmentation": "04-segmentation/",
    "error code": "05-interrupts/",
    "scan code": "06-input-and-time/",
    "kmalloc": "10-kernel-heap/",
    "user mode": "11-user-mode/",
    "errno": "12-system-calls/",
    "preemption": "17-preemption/",
    "pipe": "18-a-shell/",
    "copy on write": "19-copy-on-write/",
}


class Page(HTMLParser):
    def __init__(self, name):
        super().__init__()
        self.links, self.anchors, self.foreign, self.text = [], set(), [], (SITE / name).read_text()
        self.policy = False
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.policy |= tag == "meta" and values.get("http-equiv") == "Content-Security-Policy"
        self.anchors |= {values[key] for key in ("id", "name") if values.get(key)}
        self.links += [values[key] for key in ("href", "src") if values.get(key)]
        if tag in ("script", "img", "iframe") or (tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload")):
            self.foreign += [values[key] for key in ("href", "src") if "//" in (values.get(key) or "")]


@pytest.fixture(scope="session")
def pages():
    return {name: Page(name) for name in PAGES}


def test_every_document_of_the_tree_has_its_page():
    documents = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md") if not path.name.endswith(".grader.md")]
    missing = [one for one in documents if not (SITE / str(one).replace("README.md", "index.md")).with_suffix(".html").is_file()]
    assert len(CHAPTERS) == len(list((ROOT / "docs").glob("[0-9][0-9]-*/README.md"))) and missing == []


def test_every_link_leads_somewhere(pages):
    broken = []
    for name, page in pages.items():
        for link in page.links:
            target, anchor = urldefrag(link)
            if urlparse(target).scheme or target.startswith("//"):
                continue
            assert not target.startswith("/"), f"{name}: {link} would not do in a folder of a host"
            path = (SITE / name).parent / unquote(urlparse(target).path) if target else SITE / name
            path = path / "index.html" if path.is_dir() else path
            other = str(path.resolve().relative_to(SITE)) if path.exists() else None
            if other is None or (anchor and other in pages and anchor not in pages[other].anchors):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_the_drawn_tables_lead_to_what_explains_them(pages):
    links = re.findall(r'"(\d\d-[\w-]+/index\.html)#([\w-]+)"', (SITE / "machine/machine.js").read_text())
    assert len(links) == 8 and [link for link in links if link[1] not in pages[link[0]].anchors] == []


def test_nothing_comes_from_another_host(pages):
    assert [(name, page.foreign) for name, page in pages.items() if page.foreign] == []
    assert [name for name, page in pages.items() if not page.policy and "<head>" in page.text] == []


def test_code_says_which_file_it_is_from_and_leads_there(pages):
    chapter = pages["11-user-mode/index.html"]
    assert "../files/kernel/cpu/tss.cpp.html" in chapter.links
    assert re.search(r'class="code-block-caption">.*?kernel/cpu/tss\.cpp', chapter.text, re.DOTALL)


def test_diagrams_are_pictures(pages):
    with_diagrams = [path for path in (ROOT / "docs").glob("*/README.md") if "```mermaid" in path.read_text()]
    for document in with_diagrams:
        page = pages[f"{document.parent.name}/index.html"]
        assert re.search(r'<img alt="Diagram: [^"]{20,}"[^>]*\.svg"', page.text), document
        assert "flowchart LR" not in page.text


def test_chapters_follow_one_another(pages):
    for before, after in zip(CHAPTERS, CHAPTERS[1:]):
        assert re.search(rf'class="next-page" href="\.\./{after}"', pages[before].text), before


def test_pages_say_of_which_commit_they_are(pages):
    """Of the present one: another site would be tested."""
    commit = subprocess.run(["git", "log", "-1", "--format=%h"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    assert [name for name in CHAPTERS if not re.search(rf"\d{{4}}-\d\d-\d\d, commit {commit}\b", pages[name].text)] == []


def test_no_page_tells_a_solution(pages):
    graders = [path.name for path in (ROOT / "docs").glob("*/exercises/*.grader.md")]
    assert graders and not [name for name in PAGES if ".grader" in name]


@pytest.fixture(scope="session")
def complaints():
    return browse("pages", *TEXT, "files/index.html", "files/kernel/main.cpp.html")


@pytest.mark.parametrize("page", TEXT)
def test_page_renders_without_a_complaint(complaints, page):
    assert complaints[page] == []


def test_search_finds_what_is_explained():
    found = browse("search", *TERMS)
    assert {term: page for term, page in found.items() if not page.startswith(TERMS[term])} == {}


def test_pages_can_be_read_by_everybody():
    found = browse("axe", "index.html", "11-user-mode/index.html", "11-user-mode/exercises/7-predict-the-wrong-end.html", "reference/memory-map.html", "files/kernel/cpu/tss.cpp.html", "search.html")
    assert {page: violations for page, violations in found.items() if violations} == {}


def test_no_page_is_wider_than_a_telephone():
    widths = browse("pictures", ROOT / "build/site-work/pictures", "index.html", "11-user-mode/index.html", "08-paging/index.html")
    assert {name: width for name, width in widths.items() if width > 0} == {}
