"""Scripts, called jobs, that are run one after the other, here and on this machine's Linux: what each printed, and its status."""

import errno
import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from boots import LIMIT, ROOT, boot, initrd, program
from linux import distribution
from root_file_system import contents_below

# Run by busybox's shell, here and on the host. Each job is a script whose name ends with its shell's; it runs in an empty folder, and
# writes to a file: what is a terminal there is none here.
DRIVER = r"""
base=$1; shift
PATH=$base/bin; export PATH
for job in "$@"; do
    rm -rf "$base/work"; mkdir "$base/work"; cd "$base/work"
    shell=${job#*.}
    $shell "$base/jobs/$job" < /dev/null > "$base/output" 2>&1
    status=$?
    cd "$base"
    echo "#### $job"; cat -v output; echo; echo "#### $job ended with $status"
done
echo "#### all"
"""


@functools.lru_cache(maxsize=None)
def available():
    """build/linux with the programs, or the reason why there are none."""
    try:
        folder = distribution.everything()
        subprocess.run([folder / "bin/busybox", "true"], check=True, timeout=60)
        return folder
    except distribution.NotAvailable as reason:
        return str(reason)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        return f"this machine does not run i386 programs: {error}"


def fetched() -> Path:
    """build/linux with the programs; without them the test is skipped."""
    if isinstance(available(), str):
        pytest.skip(available())
    return available()


def results(output: str):
    """job: (what it printed, its status)."""
    parts = re.findall(r"^#### (\S+)\n(.*?)\n#### \1 ended with (\d+)$", output, flags=re.MULTILINE | re.DOTALL)
    return {job: (text, int(status)) for job, text, status in parts}


def files_of(jobs, root=None):
    """What must be in a file system for them, contents by path: the programs, and those of the folder `root`."""
    files = {"etc/passwd": b"root:x:0:0:root:/:/bin/sh\n", "etc/group": b"root:x:0:\n", "linux/driver": DRIVER.encode()}
    files.update(contents_below(fetched() / "bin", "linux/bin/"))
    files.update({f"linux/jobs/{job}": text if isinstance(text, bytes) else f"{text}\n".encode() for job, text in jobs.items()})
    if root is not None:
        files.update(contents_below(root))
    return files


def here(place, jobs, files, log):
    """Their results here, from one boot, whose console is kept as build/linux/`log`."""
    order = "\n".join(["/linux/bin/busybox --install -s /linux/bin", "/linux/bin/sh /linux/driver /linux " + " ".join(jobs), ""])
    folders = sorted({str(folder) for name in [*files, "tmp/x"] for folder in list(Path(name).parents)[:-1]} - {"bin", "etc"})
    with tempfile.TemporaryDirectory(prefix="trapgate-linux-") as folder:
        archive = initrd(Path(folder) / "initrd.tar", order.encode(), folders, files)
        modules = [(program("init.bin"), "init"), (archive, "initrd.tar")]
        with boot(place, modules, memory=256) as machine:
            try:
                machine.wait_for(r"^#### all", LIMIT[place.emulator])
            finally:
                (ROOT / "build/linux" / log).write_text(machine.serial)
            return results(re.sub(r"^\[(?:debug|info |warn |error)\] .*\n", "", machine.serial, flags=re.MULTILINE))


# As here/'s: the files are the whole file system, but for the host's /dev and /proc.
IN_A_ROOT = """\
root=$1; shift
mount --rbind /dev "$root/dev" && mount --rbind /proc "$root/proc" && exec chroot "$root" /linux/bin/busybox sh -c '
    /linux/bin/busybox --install -s /linux/bin; exec /linux/bin/sh /linux/driver /linux "$@"' sh "$@"
"""


def on_the_host(jobs, files):
    """Their results on this machine, with the same files at the same paths. Skips the test if this user may not have a root of its own."""
    alone = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
        pytest.skip("this user may not mount and change the root (unshare)")
    empty = {f"{folder}/.keep": b"" for folder in ("tmp", "dev", "proc")}
    shell = {"bin/sh": files["linux/bin/busybox"]}  # for system(3), popen(3), #!: here it is the project's own
    with tempfile.TemporaryDirectory(prefix="trapgate-linux-") as name:
        for path, contents in {**files, **empty, **shell}.items():
            file = Path(name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents)
            file.chmod(0o755)
        done = subprocess.run([*alone, "sh", "-c", IN_A_ROOT, name, name, *jobs], env={"PATH": os.environ["PATH"], "HOME": "/"},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=300)
        return results(done.stdout)
