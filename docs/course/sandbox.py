"""Where the code of strangers runs: without network, without files but its tree and the tools (read-only), without root's
rights, with limits of processes, memory, output, files and time. Made with bubblewrap; `make grade` refuses to work without.

`enter` switches it on for the whole process. Until then `command` and `run` change nothing: a reader's own code, on the
reader's own machine, may do what the reader may.
"""

from __future__ import annotations

import errno
import functools
import os
import pwd
import selectors
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Sequence

from machine import confine, grub, inner_make

from . import interrupt
from .document import ROOT

PROCESSES = 64
MEMORY = 1 << 30  # bytes, of all processes in the sandbox together
OUTPUT = 1 << 20  # bytes that it may print
FILE = 256 << 20  # bytes of a file that a tool may write
STRANGER = 65100  # where root grades: the first user id that sandboxes get, one for each worker
LOOK = 0.05  # seconds between two looks at the memory in use
INSIDE = "/course"  # where the tree is in there: nothing that is printed can name a place of the host
TOOLS = ("make", "nasm", "qemu-system-i386", "bochs", grub.MKRESCUE, grub.FILE, "xorriso", "gcc", "g++", "ld", "objcopy")
HIDDEN = ("docs", "tests/mutations")  # of the tree: solutions, answers and mistakes
HOLES = ("docs/course/unsolved.hpp", "docs/course/unsolved.inc", "docs/course/handout")  # what an open hole includes, or make asks for
# What would take memory that no process holds, so that nobody counts it: segments and queues of System V and POSIX, files of
# memfd, what lies in sockets. (All pipes of a user hold 64 MiB, pipe(7).) And io_uring, which makes calls past a filter. By
# architecture (AUDIT_ARCH) their numbers.
REFUSED_CALLS = {
    # x86-64: shmget, semget, msgget, mq_open, memfd_create, memfd_secret, socket, socketpair, io_uring_setup
    0xC000003E: (29, 64, 68, 240, 319, 447, 41, 53, 425),
    # i386: the same, and ipc and socketcall, which are many calls in one
    0x40000003: (395, 393, 399, 277, 356, 447, 359, 360, 425, 117, 102),
}
KEPT = ("CROSS", "PYTHON", "GRUB", "QEMU", "BOCHS", "BOCHS_BIOS")  # of the environment

_private: List[Path] = []  # what no stranger may see, besides homes and this tree
_entered = False
_thread = threading.local()


class NoSandbox(Exception):
    """There can be none here; the message says how to get one."""


class Exceeded(Exception):
    """A limit was reached; the message says which, as the end of a sentence: "used more than 1 GiB of memory"."""


def entered() -> bool:
    return _entered


def enter(private: Iterable[Path] = ()) -> None:
    """From here on everything runs in sandboxes; NoSandbox where there can be none. private: what is not to be seen there, even
    if a tool was installed beside it."""
    global _entered, _private
    _private = [Path(path).resolve() for path in private]
    _tools.cache_clear()
    missing = [name for name in ("bwrap", "setpriv", "prlimit") if shutil.which(name) is None]
    if missing:
        raise NoSandbox(f"submissions are judged in a sandbox only, and {missing[0]} is not on this machine: `make setup` "
                      "installs it (packages bubblewrap and util-linux)")
    _entered = True
    done = subprocess.run(command(["true"]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=20)
    if done.returncode != 0:
        leave()
        raise NoSandbox("submissions are judged in a sandbox only, and bubblewrap can't make one here: "
                      f"{done.stdout.strip()}\nIn a container: start it with --privileged, or with --security-opt "
                      "seccomp=unconfined --security-opt apparmor=unconfined. On Ubuntu 24.04 and later: "
                      "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0")
    confine.sandbox = _confined


def leave() -> None:
    global _entered
    _entered, confine.sandbox = False, None


def be_worker(number: int) -> None:
    """This thread's sandboxes get a user of their own: where root grades, processes are counted by user."""
    _thread.number = number


def stranger() -> int:
    return STRANGER + getattr(_thread, "number", 0)


# --- Command lines ---

def command(words: Sequence, tree: Optional[Path] = None, writable: Sequence[Path] = (), readable: Sequence[Path] = (),
            write_tree: bool = False, memory: int = MEMORY, file: int = FILE, seconds: int = 60,
            network: bool = False, filter_fd: Optional[int] = None) -> List[str]:
    """The command line that runs `words` in a sandbox, in `tree` (which is at INSIDE there). writable, readable: more
    files and folders, each at its own place. memory: bytes of address space for each process, 0 for no limit.
    seconds: of the processor's time, for each process. filter_fd: a file with a filter of system calls."""
    words = [str(word) for word in words]
    if not _entered:
        return words
    line = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--die-with-parent", "--new-session",
            "--hostname", "course", "--clearenv", *_tools()]
    line += [] if network else ["--unshare-net"]
    line += ["--seccomp", filter_fd] if filter_fd is not None else []
    if os.geteuid() != 0:
        line += ["--unshare-user"] + (["--disable-userns"] if "--disable-userns" in _help() else [])
    for name, value in {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/tmp", "LANG": "C.UTF-8",
                        **{name: os.environ[name] for name in KEPT if name in os.environ}}.items():
        line += ["--setenv", name, value]
    for path in sorted({parent for path in (*readable, *writable) for parent in Path(path).parents[:-1]}):
        line += ["--dir", path]  # or bubblewrap makes them for itself alone
    for path in readable:
        line += ["--ro-bind", path, path]
    for path in writable:
        line += ["--bind", path, path]
    in_memory = ["/", "/dev"]  # file systems that nobody is to fill
    if tree is not None:
        line += ["--bind" if write_tree else "--ro-bind", tree, INSIDE, "--chdir", INSIDE]
        for name in HIDDEN:
            if (tree / name).is_dir():
                line += ["--tmpfs", f"{INSIDE}/{name}"]
                in_memory.append(f"{INSIDE}/{name}")
        for name in HOLES:
            if (tree / name).is_file():
                line += ["--dir", f"{INSIDE}/docs/course", "--ro-bind", tree / name, f"{INSIDE}/{name}"]
    for path in in_memory:
        line += ["--remount-ro", path]
    if os.geteuid() == 0:  # a user that nobody is; root of a user namespace would still own root's files
        line += ["setpriv", f"--reuid={stranger()}", f"--regid={stranger()}", "--clear-groups", "--inh-caps=-all",
                 "--bounding-set=-all"]
    line += ["prlimit", f"--nproc={PROCESSES}", f"--fsize={file}", f"--cpu={seconds}", "--core=0", "--nofile=256"]
    line += [f"--as={memory}"] if memory else []
    return [str(word) for word in line + ["--"] + words]


@functools.lru_cache(maxsize=None)
def _tools() -> List[str]:
    """What of the host is there, read-only: /usr, and where else a tool was installed. Of /etc only what finds programs
    and libraries."""
    line = ["--ro-bind", "/usr", "/usr", "--dir", "/etc"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            line += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            line += ["--ro-bind", str(path), str(path)]
    for name in ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d"):
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for name in (*TOOLS, os.environ.get("CROSS", "i686-linux-gnu-") + "g++"):
        found = shutil.which(name)
        for path in _places_of(Path(found).resolve()) if found else ():
            line += ["--ro-bind", str(path), str(path)]
    size = ["--size", str(FILE)] if "--size" in _help() else []
    return line + ["--proc", "/proc", "--dev", "/dev", *size, "--perms", "1777", "--tmpfs", "/tmp"]


def _places_of(tool: Path) -> List[Path]:
    """What of the host a tool needs that is not below /usr: the folder that it was installed into, with all that is there; but
    where a home, this tree or submissions are in that folder, only the tool and the folders of its name."""
    prefix = tool.parents[1]
    if str(prefix).startswith("/usr") or prefix == Path("/"):
        return []
    homes = [Path.home(), *(Path(one.pw_dir) for one in pwd.getpwall())]
    if not any(prefix in (path, *path.parents) for path in (*homes, ROOT, *_private)):
        return [prefix]
    names = {tool.name, tool.name.partition("-")[0], "gcc"}
    folders = [prefix / kind / name for kind in ("share", "lib", "libexec") for name in sorted(names)]
    return [tool, *(folder for folder in folders if folder.is_dir())]


@functools.lru_cache(maxsize=None)
def _help() -> str:
    return subprocess.run(["bwrap", "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=20).stdout


def give(folder: Path) -> None:
    """Where root grades: hands a folder over to the user in this thread's sandboxes."""
    if not _entered or os.geteuid() != 0:
        return
    for place, folders, files in os.walk(folder):
        os.chown(place, stranger(), stranger())
        for name in files:
            state = os.lstat(os.path.join(place, name))
            if state.st_uid != stranger() and state.st_nlink == 1:  # hard links are the reference's own files
                os.lchown(os.path.join(place, name), stranger(), stranger())


def show(folder: Path) -> None:
    """Where root grades: whoever is in a sandbox may read a folder, whatever root's umask was when it was made."""
    if not _entered or os.geteuid() != 0:
        return
    for place, _, files in os.walk(folder):
        for path in (place, *(os.path.join(place, name) for name in files)):
            if not os.path.islink(path):
                mode = os.stat(path).st_mode
                os.chmod(path, mode | (0o055 if os.path.isdir(path) else 0o044))


# --- Running ---

def refusing_filter() -> bytes:
    """A program of classic BPF, as seccomp(2) takes it, by which REFUSED_CALLS fail with EPERM. Each instruction: an operation, how
    many to skip if it holds and if not, a number. x32's numbers are those of x86-64 with one more bit."""
    load, mask, equal, give = 0x20, 0x54, 0x15, 0x06
    refuse, allow = 0x50000 | errno.EPERM, 0x7FFF0000
    program = [(load, 0, 0, 4)]
    for architecture, numbers in REFUSED_CALLS.items():
        block = [(load, 0, 0, 0), (mask, 0, 0, ~(1 << 30) & 0xFFFFFFFF)]
        for number in numbers:
            block += [(equal, 0, 1, number), (give, 0, 0, refuse)]
        program += [(equal, 0, len(block) + 1, architecture), *block, (give, 0, 0, allow)]
    return b"".join(struct.pack("=HBBI", *one) for one in [*program, (give, 0, 0, allow)])


def run(words: Sequence, tree: Path, limit: float, environment: Optional[Dict[str, str]] = None, input: bytes = b"",
        **options) -> subprocess.CompletedProcess:
    """Runs `words` in `tree` and returns what they printed, as text. options: see `command`.

    Exceeded if they print too much, take too much memory or take longer than `limit` seconds; nothing of them is left
    then. Outside of a sandbox only the time is limited."""
    with tempfile.TemporaryFile() as refusing:
        refusing.write(refusing_filter())
        refusing.seek(0)
        process = subprocess.Popen(command(words, tree, filter_fd=refusing.fileno(), **options), cwd=tree, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                                   pass_fds=[refusing.fileno()] if _entered else [],
                                   env=None if _entered else environment or inner_make.environment())
    output = bytearray()
    deadline = time.monotonic() + limit
    try:
        try:
            process.stdin.write(input)
            process.stdin.close()
        except BrokenPipeError:
            pass
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                interrupt.check()
                if selector.select(LOOK):
                    data = os.read(process.stdout.fileno(), 1 << 16)
                    if not data:
                        break
                    output += data
                if _entered and len(output) > OUTPUT:
                    raise Exceeded("printed more than 1 MiB")
                if _entered and memory_of(process.pid) > MEMORY:
                    raise Exceeded("used more than 1 GiB of memory")
                if time.monotonic() > deadline:
                    raise Exceeded(f"did not end within {limit:.0f} seconds")
        code = process.wait(max(1.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise Exceeded(f"did not end within {limit:.0f} seconds") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # bubblewrap's death is that of everything in the sandbox
            process.wait()
        process.stdout.close()
    code = 128 - code if code > 128 and _entered else code
    return subprocess.CompletedProcess(words, code, output.decode(errors="backslashreplace"))


def children_of(pid: int) -> List[int]:
    try:
        return [int(word) for task in os.listdir(f"/proc/{pid}/task")
                for word in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    except OSError:
        return []


def family_of(pid: int) -> Iterable[int]:
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children_of(one)


def memory_of(pid: int) -> int:
    """Bytes of memory that a process and all that it has started hold."""
    pages = 0
    for one in family_of(pid):
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            pass
    return pages * os.sysconf("SC_PAGE_SIZE")


# --- Emulators, and tools that read a submission's kernel ---

def _confined(words: List[str], reads: Iterable[Path], folder: Optional[Path], fds: Sequence[int],
              network: bool) -> List[str]:
    """For machine.confine."""
    if os.geteuid() == 0:
        for fd in fds:
            os.fchown(fd, stranger(), stranger())
        if folder is not None:
            os.chmod(folder, 0o755)
            give(folder)
    return command(words, writable=[folder] if folder is not None else [], readable=sorted({*reads}), memory=0, seconds=600,
                   network=network)
