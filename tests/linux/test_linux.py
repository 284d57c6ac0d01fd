"""Programs of a distribution, as it ships them, do here what they do on this machine's Linux: the same output, the same status."""

import functools
import subprocess
import tempfile
from pathlib import Path

import pytest

from boots import BOCHS_ISO, QEMU_KERNEL
from linux import distribution, jobs
from linux.jobs import DRIVER, fetched, results

HERE = Path(__file__).parent


def commands():
    """The lines of commands.txt, by number."""
    lines = []
    for line in (HERE / "commands.txt").read_text().splitlines():
        if line.startswith(" "):
            lines[-1] += "\n" + line.strip()
        elif line and not line.startswith("#"):
            lines.append(line)
    return {f"{number:03}.sh": line for number, line in enumerate(lines, 1)}


def scripts():
    """Of scripts/NAME.txt a job for each shell: sh, which is busybox's, and every mksh. NAME.SHELL.txt is for that one alone."""
    shells = [name for _, _, name in distribution.wanted() if name.startswith("mksh")] + ["sh"]
    files = sorted((HERE / "scripts").glob("*.txt"))
    return {**{f"{file.stem}.{shell}": file.read_text() for file in files if "." not in file.stem for shell in shells},
            **{file.stem: file.read_text() for file in files if "." in file.stem}}


JOBS = {**commands(), **scripts()}


@functools.lru_cache(maxsize=None)
def on_the_host():
    with tempfile.TemporaryDirectory(prefix="trapgate-linux-") as name:
        base = Path(name)
        for folder in ("bin", "jobs"):
            (base / folder).mkdir()
        for file in (fetched() / "bin").iterdir():
            (base / "bin" / file.name).symlink_to(file)
        subprocess.run([base / "bin/busybox", "--install", "-s", base / "bin"], check=True, timeout=60)
        for job, text in JOBS.items():
            (base / "jobs" / job).write_text(text + "\n")
        (base / "driver").write_text(DRIVER)
        done = subprocess.run([base / "bin/sh", base / "driver", base, *JOBS], env={"PATH": base / "bin", "HOME": "/"},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        return {job: (text.replace(name, "/linux"), status) for job, (text, status) in results(done.stdout).items()}


@functools.lru_cache(maxsize=None)
def here(place):
    return jobs.here(place, JOBS, jobs.files_of(JOBS), f"{place}.log")


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("job", JOBS)
def test_does_what_it_does_on_linux(place, job):
    fetched()
    print(JOBS[job])
    text, status = here(place)[job]
    assert (text, status) == on_the_host()[job]
