"""For tests that start the project's own programs: where these find the packages machine, course and mutations."""

import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
os.environ["PYTHONPATH"] = os.pathsep.join(str(ROOT / folder) for folder in ("iso", "docs", "tests"))

# Where programs may not be run from /tmp, temporary files are in build/: some tests build programs there.
if os.statvfs(tempfile.gettempdir()).f_flag & os.ST_NOEXEC:
    tempfile.tempdir = os.environ["TMPDIR"] = str(ROOT / "build/tmp")
    os.makedirs(tempfile.tempdir, exist_ok=True)
