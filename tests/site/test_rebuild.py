"""The site built again over an earlier build: as if it were new."""

import gzip
import os
import subprocess
import sys

from browsing import ROOT
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


def test_what_is_packed_is_what_is_there(tmp_path):
    """An older file can be the newer one's successor: another commit, another package."""
    source = tmp_path / "source"
    for content, time in ((b"new", 2e9), (b"old", 1e9)):
        source.write_bytes(content)
        os.utime(source, (time, time))
        assert pack(source, tmp_path / "target") == (tmp_path / "target.gz").stat().st_size
        assert gzip.decompress((tmp_path / "target.gz").read_bytes()) == content
