"""What all boot tests share: where the machine driver is, and the tests' settings."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for `import machine`
