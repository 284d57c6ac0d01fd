"""What all tests of the course share: where the machine driver is."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for `import machine`
