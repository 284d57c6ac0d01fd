"""The site built again over an earlier build: as if it were new."""

import gzip
import json
import os
import re
import subprocess
import sys

from browsing import ROOT, TOOLS
from media import pack

STATIC = ROOT / "docs/site/static"
LIMIT = 300


def build(text, out):
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-c", ROOT / "docs/site", "-d", out.parent / "doctrees", text, out]
    subprocess.run(command, check=True, timeout=LIMIT)


def test_a_second_build_is_as_the_first(tmp_path):
    text, out = tmp_path / "text", tmp_path / "site"
    text.mkdir()
    (text / "index.md").write_text("# The book\n\nA Content-Security-Policy is talked of here.\n")
    (text / "gone.md").write_text("# Another document\n")
    build(text, out)
    pages = {path: path.read_text() for path in out.glob("*.html")}
    assert all(page.count('<meta http-equiv="Content-Security-Policy"') == 1 for page in pages.values())
    (out / "_static/machine.css").write_text("/* of an earlier commit */")
    build(text, out)
    assert {path: path.read_text() for path in out.glob("*.html")} == pages
    assert {path.name: path.read_bytes() for path in STATIC.iterdir()} == {path.name: (out / "_static" / path.name).read_bytes() for path in STATIC.iterdir()}
    (text / "gone.md").unlink()
    build(text, out)
    assert sorted(path.name for path in out.glob("*.html")) == ["genindex.html", "index.html", "search.html"]


POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def test_an_earlier_policy_is_replaced(tmp_path):
    """Also where Sphinx writes no page anew, and in the pages that gather.py has written."""
    text, out = tmp_path / "text", tmp_path / "site"
    text.mkdir()
    (text / "index.md").write_text("# The book\n")
    build(text, out)
    pages = [out / "index.html", out / "files/boot.html"]
    policies = [POLICY.search(pages[0].read_text())[1]]
    pages[1].parent.mkdir()
    pages[1].write_text("<html><head><title>boot</title></head></html>")
    pages[0].write_text(POLICY.sub('<meta http-equiv="Content-Security-Policy" content="default-src *">', pages[0].read_text()))
    build(text, out)
    policies += [POLICY.findall(page.read_text()) for page in pages]
    assert policies[1] == [policies[0]] and len(policies[2]) == 1 and policies[2][0].startswith("default-src 'none'")


def test_a_files_page_is_written_anew_whatever_its_time(tmp_path):
    command = [sys.executable, "-c", "import sys; from gather import Gatherer; from pathlib import Path\n"
               "made = Gatherer(Path(sys.argv[1]), Path(sys.argv[1])); made.wanted = {'LICENSE'}; made.write_files()", tmp_path]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("docs/site", "docs", "iso", "tests"))}
    page = tmp_path / "files/LICENSE.html"
    page.parent.mkdir()
    page.write_text("of another commit")
    os.utime(page, (4e9, 4e9))
    subprocess.run(command, env=environment, check=True, timeout=LIMIT)
    assert "<title>LICENSE - Trapgate</title>" in page.read_text()


def test_diagrams_are_drawn_again_by_other_tools_only(tmp_path):
    folder = tmp_path / "diagrams"
    (tmp_path / "diagrams.json").write_text(json.dumps({"one": "flowchart LR\n  a --> b\n"}))

    def draw():
        subprocess.run(["node", ROOT / "docs/site/diagrams.mjs", TOOLS, tmp_path], check=True, timeout=LIMIT)
        return (folder / "one.svg").read_text()

    assert draw().startswith("<svg")
    (folder / "one.svg").write_text("of the same tools")
    assert draw() == "of the same tools"
    (folder / "drawn-with").write_text("others")
    assert draw().startswith("<svg")


def test_what_is_packed_is_what_is_there(tmp_path):
    """An older file can be the newer one's successor: another commit, another package."""
    source = tmp_path / "source"
    for content, time in ((b"new", 2e9), (b"old", 1e9)):
        source.write_bytes(content)
        os.utime(source, (time, time))
        assert pack(source, tmp_path / "target") == (tmp_path / "target.gz").stat().st_size
        assert gzip.decompress((tmp_path / "target.gz").read_bytes()) == content
