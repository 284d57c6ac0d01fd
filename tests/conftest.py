"""What tests are to find, and what not: the project's packages, and nothing of the user's who starts them."""

import atexit
import os
import shutil
import site
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Where tests find the packages machine, course and mutations, and each other's help; not in pytest.ini, whose `pythonpath`
# is new in pytest 7. And where the project's own programs, which tests start, find them.
sys.path[:0] = [str(ROOT / folder) for folder in ("iso", "docs", "docs/site/machine", "tests", "tests/boot")]
os.environ["PYTHONPATH"] = os.pathsep.join(str(ROOT / folder) for folder in ("iso", "docs", "tests"))

# Where programs may not be run from /tmp, temporary files are in build/: some tests build programs there.
if os.statvfs(tempfile.gettempdir()).f_flag & os.ST_NOEXEC:
    tempfile.tempdir = os.environ["TMPDIR"] = str(ROOT / "build/tmp")
    os.makedirs(tempfile.tempdir, exist_ok=True)

# A ~/.gdbinit would be in the sessions, an emulator would open its window, a death of a test's kernel would be taken for the
# reader's last one. Each process of pytest has its own folder. What was installed or cached at home is still found.
own = Path(tempfile.mkdtemp(prefix="trapgate-tests-"))
atexit.register(shutil.rmtree, own, ignore_errors=True)
(own / "home").mkdir()
os.environ.setdefault("PYTHONUSERBASE", site.getuserbase())
os.environ.setdefault("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))  # ccache's, among others
os.environ.update(HOME=str(own / "home"), TRAPGATE_LAST_DEATH=str(own / "last-death"))
# And what the Makefile sets: git is to tell the files of a tree of another user.
os.environ.update(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0=str(ROOT))
for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME"):
    os.environ.pop(name, None)
