"""For tests that start the project's own programs: where these find the packages machine, course and mutations."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
os.environ["PYTHONPATH"] = os.pathsep.join(str(ROOT / folder) for folder in ("iso", "docs", "tests"))
