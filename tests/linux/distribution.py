"""A distribution's programs for i386, as it ships them: fetched by this machine's package manager into build/linux/.

Nothing is installed, and the machine's own lists of packages stay as they are: apt gets folders of its own, and an architecture of its
own. What packages.txt names is fetched once.
"""

import contextlib
import fcntl
import re
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
SOURCES = """\
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{folder}/sources";
"""


class NotAvailable(Exception):
    """Why there are no programs here."""


@contextlib.contextmanager
def lock():
    """One fetches; others that run side by side wait for it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def lines():
    """The words of each line."""
    return [line.split() for line in LIST.read_text().splitlines() if not line.startswith("#")]


def wanted():
    """(package, file in it, name here) of each program that needs no other file."""
    return [tuple(words) for words in lines() if len(words) == 3]


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


def sources_of_packages(folder: Path) -> None:
    """The machine's list of where packages come from, but for their sources, which few machines ask for."""
    system = Path("/etc/apt")
    for file in [system / "sources.list", *(system / "sources.list.d").glob("*")]:
        if file.is_file():
            text = re.sub(r"^(Types:\s*|\s*)deb\b", r"\1deb-src", file.read_text(), flags=re.MULTILINE)
            (folder / file.name).write_text(text)


def new_folder(name: str, configuration: str) -> Path:
    """An empty folder for apt-get to work in, with fresh lists of packages. NotAvailable."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NotAvailable("only apt is known as a package manager that has i386 programs")
    work = FOLDER / name
    shutil.rmtree(work, ignore_errors=True)
    for part in ("state/lists/partial", "cache/archives/partial", "files", "sources"):
        (work / part).mkdir(parents=True)
    (work / "state/status").touch()
    (work / "apt.conf").write_text(configuration.format(folder=work))
    sources_of_packages(work / "sources")
    try:
        run(work, "apt-get", "update")
    except NotAvailable:
        pass  # one of several sources may be out of reach: the next step shows whether that matters
    return work


def put(work: Path, pattern: str, place) -> None:
    """Copies what the packages have there to `place`, which is told each file's path."""
    files = [file for file in (work / "files").glob(pattern.lstrip("/")) if file.is_file()]
    if not files:
        raise NotAvailable(f"no package has {pattern}")
    for file in files:
        to = place(file.relative_to(work / "files"))
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to)


@lock()
def everything() -> Path:
    """build/linux with all that the list names, which is fetched if it is not there: bin/ and root/. NotAvailable."""
    mark = FOLDER / "fetched"
    if not mark.exists() or mark.read_text() != LIST.read_text():
        for name in ("bin", "root"):
            shutil.rmtree(FOLDER / name, ignore_errors=True)
        work = new_folder("apt", CONFIGURATION)
        run(work, "apt-get", "download", *sorted({words[0] for words in lines()}))
        for package in work.glob("*.deb"):
            run(work, "dpkg-deb", "-x", str(package), "files")
        for words in lines():
            if len(words) == 3:
                put(work, words[1], lambda _: FOLDER / "bin" / words[2])
            else:
                put(work, words[1], lambda path: FOLDER / "root" / path)
        mark.write_text(LIST.read_text())
    return FOLDER


def programs() -> Path:
    """The folder with the programs that need no other file. NotAvailable."""
    return everything() / "bin"


@lock()
def source(package: str, file: str) -> Path:
    """A file of a package's source. NotAvailable."""
    work = FOLDER / f"source-{package}"
    if not (work / file).exists():
        new_folder(work.name, CONFIGURATION + SOURCES)
        run(work, "apt-get", "source", "--download-only", package)
        for archive in work.glob(f"{package}_*.orig.tar.*"):
            run(work, "tar", "-xf", str(archive))
        if not (work / file).exists():
            raise NotAvailable(f"the source of {package} has no {file}")
    return work / file
