"""`make setup-site` fetches all that the site needs: the source of Bochs, too, so that `make site` needs no network."""

import os
import subprocess

from browsing import ROOT

# In the place of apt-get: has a mirror, and there a package of one file.
APT = """#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
*indextargets*) echo http://mirror ;;
*" source "*) mkdir bochs-3 && touch bochs-3/configure && tar -czf bochs_3.orig.tar.gz bochs-3 ;;
esac
"""


def test_source_is_fetched_once(tmp_path):
    (tmp_path / "apt-get").write_text(APT)
    (tmp_path / "apt-get").chmod(0o755)
    log = tmp_path / "log"
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "LOG": str(log)}
    for _ in range(2):
        subprocess.run([ROOT / "docs/site/machine/build.sh", "fetch", tmp_path / "work"], env=environment, cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "work/source/configure").is_file()
    assert sum("source" in line.split() for line in log.read_text().splitlines()) == 1
