"""The site in Chromium, for the tests here."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build/site"
TOOLS = ROOT / "build/site-work/tools"
LIMIT = 1500  # seconds; a busy machine takes its time


def browse(what, *words):
    """What browser.mjs finds."""
    done = subprocess.run(["node", ROOT / "tests/site/browser.mjs", TOOLS, SITE, what, *words], stdout=subprocess.PIPE, timeout=LIMIT, check=True)
    return json.loads(done.stdout)
