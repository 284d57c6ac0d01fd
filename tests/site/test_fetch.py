"""`make setup-site` fetches all that the site needs: the source of Bochs, too, so that `make site` needs no network."""

import os
import shutil
import subprocess

import pytest

from browsing import ROOT

# In the place of apt-get: has a mirror, and there a package of one file.
APT = """#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
*indextargets*) echo http://mirror ;;
*" source "*) mkdir bochs-3 && touch bochs-3/configure && tar -czf bochs_3.orig.tar.gz bochs-3 ;;
esac
"""


BUILD = ROOT / "docs/site/machine/build.sh"


@pytest.fixture
def run(tmp_path):
    """Runs a build.sh whose tools only log what they are asked."""
    for tool, script in {"apt-get": APT, **dict.fromkeys(("emconfigure", "make", "em++"), '#!/bin/sh\necho "${0##*/} $*" >>"$LOG"\n')}.items():
        (tmp_path / tool).write_text(script)
        (tmp_path / tool).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "LOG": str(tmp_path / "log")}

    def call(*words, build=BUILD):
        return subprocess.run([build, *words], env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True, timeout=60)

    return call


def asked(tmp_path, word):
    return sum(word in line.split() for line in (tmp_path / "log").read_text().splitlines())


def test_source_is_fetched_once(run, tmp_path):
    for _ in range(2):
        assert run("fetch", tmp_path / "work").returncode == 0
    assert (tmp_path / "work/source/configure").is_file()
    assert asked(tmp_path, "source") == 1


def test_an_earlier_version_of_the_package_is_not_in_the_way(run, tmp_path):
    (tmp_path / "work/apt").mkdir(parents=True)
    (tmp_path / "work/apt/bochs_2.orig.tar.gz").touch()
    assert run("fetch", tmp_path / "work").returncode == 0
    assert (tmp_path / "work/source/configure").is_file()


def test_a_folder_with_a_blank_is_refused_in_a_sentence(run, tmp_path):
    done = run("fetch", tmp_path / "my work")
    assert done.returncode == 1 and not (tmp_path / "log").exists()
    assert done.stderr == f"machine: Bochs can't be compiled in a folder with a blank in its name ({tmp_path}/my work): the site needs the tree elsewhere\n"


def test_bochs_is_configured_again_with_other_options_only(run, tmp_path):
    changed = tmp_path / "changed"
    changed.mkdir()
    shutil.copy(ROOT / "docs/site/machine/page_gui.cpp", changed)
    (changed / "build.sh").write_text(BUILD.read_text().replace("--disable-docbook", "--enable-docbook"))
    (changed / "build.sh").chmod(0o755)
    assert run("fetch", tmp_path / "work").returncode == 0
    (tmp_path / "work/source/gui").mkdir()
    for build, times in ((BUILD, 1), (BUILD, 1), (changed / "build.sh", 2)):
        assert run(tmp_path / "work", build=build).returncode == 0
        assert asked(tmp_path, "emconfigure") == times
