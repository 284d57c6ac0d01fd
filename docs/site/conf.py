"""Sphinx' settings for the site: the text of docs/, as docs/site/gather.py has laid it out."""

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()


project = "Trapgate"
author = "the authors of Trapgate"
commit, date = git("log", "-1", "--format=%h"), git("log", "-1", "--format=%cd", "--date=short")
copyright = author
html_last_updated_fmt = f"{date}, commit {commit}"
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["README.md"]
myst_heading_anchors = 4
# The tree's documents are plain Markdown: nothing in them means more here than on a code-hosting site.
myst_enable_extensions = []
smartquotes = False
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
highlight_language = "text"
# Styles whose colours can be told from their background by everybody; so tests/site demands.
pygments_style = "xcode"
pygments_dark_style = "github-dark"

html_theme = "furo"
html_title = "Trapgate"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["book.css"]
html_favicon = str(Path(__file__).parent / "static/icon.svg")
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
html_baseurl = ""

version = release = f"{date}, {commit}"
epub_title = "Trapgate"
epub_tocscope = "includehidden"
epub_tocdepth = 2
epub_css_files = ["book.css"]
epub_show_urls = "no"
epub_exclude_files = ["search.html", "genindex.html"]
epub_cover = ()
# The same book in each edition: a reader's library takes the next one for it.
epub_identifier = "urn:uuid:2df95008-b233-45ff-9a0b-c49f726a7987"
epub_scheme = "UUID"
epub_uid = "trapgate"
epub_description = "A 32-bit teaching kernel, from its first byte to a shell that runs real programs, and the course that builds it."
epub_contributor = author


def order_of_chapters(app):
    """The chapters' pages in their order: a chapter's exercises are not a step between it and the next one."""
    return [name for name in sorted(app.env.found_docs) if re.match(r"\d\d-[\w-]+/index$", name)]


def neighbours(app, page, template, context, doctree):
    """After a chapter comes the next chapter, and after an exercise the next one of the same chapter."""
    chapters = order_of_chapters(app)
    if page not in chapters:
        return
    place = chapters.index(page)
    for name, other in (("prev", place - 1), ("next", place + 1)):
        target = chapters[other] if 0 <= other < len(chapters) else "index" if other < 0 else None
        context[name] = target and {"link": app.builder.get_relative_uri(page, target), "title": app.env.titles[target].astext()}


def settle_files(app, error):
    """What Sphinx leaves when it finds no document to do anew: our styles as they were, and pages of documents that are gone."""
    if error or app.builder.name != "html":
        return
    for source in Path(html_static_path[0]).iterdir():
        shutil.copyfile(source, Path(app.outdir, "_static", source.name))
    made = {f"{name}.html" for name in (*app.env.found_docs, "genindex", "search")}
    for page in Path(app.outdir).rglob("*.html"):
        name = page.relative_to(app.outdir)
        if name.parts[0] not in ("files", "_static") and str(name) not in made:  # files: gather.py has made these
            page.unlink()


def settle_theme(app, error):
    """Debian's Furo is not bundled: it imports its parts from where Debian's web server has them, which only that one does. And the
    compiler of its styles has lost the dark colours of readers who prefer dark pages: they are taken from those of its button."""
    if error or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    style, script = static / "styles/furo.css", static / "scripts/furo.js"
    reset = re.search(r"@import url\((/javascript/[^)]+)\);", style.read_text())
    if reset:
        style.write_text(style.read_text().replace(reset[0], Path("/usr/share" + reset[1]).read_text(), 1))
    dark = re.search(r'body\[data-theme="dark"\] (\{.*?\})', style.read_text(), re.DOTALL)
    if dark and "prefers-color-scheme" not in style.read_text():
        preferred = f'@media not print {{ @media (prefers-color-scheme: dark) {{ body[data-theme="auto"] {dark[1]} }} }}'
        style.write_text(f"{style.read_text()}\n{preferred}\n")
    part = re.match(r'import (\w+) from "\./([\w.-]+)";', script.read_text())
    if part:
        imported = (script.parent / part[2]).read_text()  # as a plain script it sets the name that the import would
        script.write_text(imported + "\n(() => {" + script.read_text()[part.end() :] + "\n})();\n")


# What the theme's pages lack for readers who hear them or use the keyboard alone.
REPAIRS = [
    ('class="caption" role="heading">', 'class="caption" role="heading" aria-level="2">'),
    ('<aside class="sidebar-drawer"', '<aside aria-label="The book" class="sidebar-drawer"'),
    ('<aside class="toc-drawer', '<aside aria-label="On this page" class="toc-drawer'),
    ('<label class="overlay ', '<label aria-hidden="true" class="overlay '),
    ('<label class="toc-overlay-icon toc-content-icon', '<label aria-hidden="true" class="toc-overlay-icon toc-content-icon'),
    ('<a href="#" class="back-to-top muted-link">', '<nav aria-label="Top"><a class="back-to-top muted-link" href="#">'),
    ("<span>Back to top</span>\n        </a>", "<span>Back to top</span></a></nav>"),
    ('<div id="search-results"></div>', '<h1>Search</h1><div id="search-results"></div>'),
    ('<th class="head"><p></p></th>', "<td></td>"),
    ('<div class="highlight"><pre>', '<div class="highlight"><pre tabindex="0">'),
]


def repair(app, error):
    if error or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        text = repaired = path.read_text()
        for wrong, right in REPAIRS:
            repaired = repaired.replace(right, wrong).replace(wrong, right)  # a page of an earlier build has been repaired already
        if repaired != text:
            path.write_text(repaired)


INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
# Nothing comes from anywhere but the site itself, and nothing is sent anywhere. The pages' own short scripts are named by hash.
POLICY = ("default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self'; connect-src 'self'; worker-src 'self'; "
          "form-action 'self'; base-uri 'none'; script-src 'self' 'wasm-unsafe-eval'")  # fmt: skip

POLICY_TAG = '<meta http-equiv="Content-Security-Policy" content="'


def add_policy(app, error):
    """The content security policy, in each page: a static host is not asked to send one."""
    if error or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text()
        text = re.sub(f"<head>{POLICY_TAG}[^>]*>", "<head>", before, count=1)  # of an earlier build
        if "<head>" not in text:
            continue
        hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in INLINE_SCRIPT.findall(text)}
        policy = POLICY + "".join(f" 'sha256-{one}'" for one in sorted(hashes))
        text = text.replace("<head>", f'<head>{POLICY_TAG}{policy}">', 1)
        if text != before:
            path.write_text(text)


def setup(app):
    app.connect("html-page-context", neighbours)
    app.connect("build-finished", settle_files)
    app.connect("build-finished", settle_theme)
    app.connect("build-finished", repair)
    app.connect("build-finished", add_policy)
    return {"parallel_read_safe": True}
