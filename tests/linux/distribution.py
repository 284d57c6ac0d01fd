"""A distribution's programs for i386, as it ships them: fetched by this machine's package manager into build/linux/.

Nothing is installed, and the machine's own lists of packages stay as they are: apt gets folders of its own, and an architecture of its
own. What is in build/linux/bin is not fetched again.
"""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/linux"
LIST = Path(__file__).parent / "packages.txt"

CONFIGURATION = """\
Dir::State "{folder}/state";
Dir::State::status "{folder}/state/status";
Dir::Cache "{folder}/cache";
APT::Architecture "i386";
APT::Architectures {{ "i386"; }};
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "2";
"""


class NotAvailable(Exception):
    """Why there are no programs here."""


def wanted():
    """(package, file in it, name here) of each program."""
    lines = (line.split() for line in LIST.read_text().splitlines())
    return [tuple(words) for words in lines if words and words[0] != "#"]


def run(folder: Path, *command) -> None:
    """NotAvailable with the last words of a command that fails."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        raise NotAvailable(f"{command[0]} {command[1]} has not ended after 300 s") from None
    if done.returncode != 0:
        raise NotAvailable(f"{command[0]} {command[1]} failed: {(done.stdout.strip().splitlines() or ['no word'])[-1]}")


def programs() -> Path:
    """The folder with the programs, which are fetched if they are not there. NotAvailable."""
    names = [name for _, _, name in wanted()]
    ready = FOLDER / "bin"
    if all((ready / name).exists() for name in names):
        return ready
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NotAvailable("only apt is known as a package manager that has i386 programs")
    work = FOLDER / "apt"
    shutil.rmtree(work, ignore_errors=True)
    for name in ("state/lists/partial", "cache/archives/partial", "files"):
        (work / name).mkdir(parents=True)
    (work / "state/status").touch()
    (work / "apt.conf").write_text(CONFIGURATION.format(folder=work))
    try:
        run(work, "apt-get", "update")
    except NotAvailable:
        pass  # one of several sources may be out of reach: the next step shows whether that matters
    run(work, "apt-get", "download", *sorted({package for package, _, _ in wanted()}))
    for package in work.glob("*.deb"):
        run(work, "dpkg-deb", "-x", str(package), "files")
    ready.mkdir(parents=True, exist_ok=True)
    for package, file, name in wanted():
        if not (work / "files" / file.lstrip("/")).exists():
            raise NotAvailable(f"the package {package} has no {file}")
        shutil.copy(work / "files" / file.lstrip("/"), ready / name)
    return ready
