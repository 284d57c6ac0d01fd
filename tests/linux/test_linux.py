"""Programs of a distribution, as it ships them, do here what they do on this machine's Linux: the same output, the same status."""

import functools
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, ROOT, boot, initrd, program
from linux import distribution

HERE = Path(__file__).parent

# Run by busybox's shell, here and on the host. Each job is a script with its shell's name in front; it runs in an empty folder, and
# writes to a file: what is a terminal there is none here.
DRIVER = r"""
base=$1; shift
PATH=$base/bin; export PATH
for job in "$@"; do
    rm -rf $base/work; mkdir $base/work; cd $base/work
    shell=${job#*.}
    $shell $base/jobs/$job < /dev/null > $base/output 2>&1
    status=$?
    cd $base
    echo "#### $job"; cat -v output; echo; echo "#### $job ended with $status"
done
echo "#### all"
"""


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
    """scripts/NAME.SHELL: NAME is the test's, SHELL what runs it: sh, or one of the mksh."""
    shells = [name for _, _, name in distribution.wanted() if name.startswith("mksh")] + ["sh"]
    return {f"{file.stem}.{shell}": file.read_text() for file in sorted((HERE / "scripts").glob("*.txt")) for shell in shells}


JOBS = {**commands(), **scripts()}


@functools.lru_cache(maxsize=None)
def fetched():
    """The programs' folder, or the reason why there is none."""
    try:
        folder = distribution.programs()
        subprocess.run([folder / "busybox", "true"], check=True, timeout=60)
        return folder
    except distribution.NotAvailable as reason:
        return str(reason)
    except OSError as error:
        return f"this machine does not run i386 programs: {error}"


def results(output: str):
    """job: (what it printed, its status)."""
    parts = re.findall(r"^#### (\S+)\n(.*?)\n#### \1 ended with (\d+)$", output, flags=re.MULTILINE | re.DOTALL)
    return {job: (text, int(status)) for job, text, status in parts}


@functools.lru_cache(maxsize=None)
def on_the_host():
    with tempfile.TemporaryDirectory(prefix="trapgate-linux-") as name:
        base = Path(name)
        for folder in ("bin", "jobs"):
            (base / folder).mkdir()
        for file in fetched().iterdir():
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
    """The same of all jobs, from one boot."""
    rc = "/linux/bin/busybox --install -s /linux/bin\n/linux/bin/sh /linux/driver /linux " + " ".join(JOBS) + "\n"
    files = {"etc/passwd": b"root:x:0:0:root:/:/bin/sh\n", "etc/group": b"root:x:0:\n", "linux/driver": DRIVER.encode(),
             **{f"linux/bin/{one.name}": one.read_bytes() for one in fetched().iterdir()},
             **{f"linux/jobs/{job}": f"{text}\n".encode() for job, text in JOBS.items()}}
    with tempfile.TemporaryDirectory(prefix="trapgate-linux-") as folder:
        archive = initrd(Path(folder) / "initrd.tar", rc.encode(), ("linux", "linux/bin", "linux/jobs"), files)
        modules = [(program("init.bin"), "init"), (archive, "initrd.tar")]
        with boot(place, modules, memory=256) as machine:
            try:
                machine.wait_for(r"^#### all", LIMIT[place.emulator])
            finally:
                (ROOT / f"build/linux/{place}.log").write_text(machine.serial)
            return results(re.sub(r"^\[(?:debug|info |warn |error)\] .*\n", "", machine.serial, flags=re.MULTILINE))


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("job", JOBS)
def test_does_what_it_does_on_linux(place, job):
    if not isinstance(fetched(), Path):
        pytest.skip(fetched())
    print(JOBS[job])
    assert here(place)[job] == on_the_host()[job]
