"""What runs in the sandbox can't reach the network, other files or root's rights, and no more than its share of processes,
memory, output, files and time."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course import sandbox
from course.document import ROOT

PYTHON = "/usr/bin/python3"


@pytest.fixture
def run(tmp_path):
    """Runs a shell command in a sandbox; returns its exit status and what it printed."""
    try:
        sandbox.enter()
    except sandbox.NoSandbox as reason:
        pytest.skip(str(reason))
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/solution").write_text("secret")
    (tmp_path / "mine").write_text("mine")

    sandbox.give(tmp_path)

    def run(command, limit=20.0, **options):
        done = sandbox.run(["sh", "-c", command], tmp_path, limit, **options)
        return done.returncode, done.stdout

    yield run
    sandbox.leave()


def test_it_sees_its_tree_and_the_tools_and_nothing_else(run, monkeypatch):
    monkeypatch.setenv("TRAPGATE_SECRET", "secret")
    _, listing = run("pwd; cat mine; echo; ls /; ls /etc docs; env; cat /etc/passwd /etc/shadow; ls /home /root /proc/1/root/home")
    assert "/course\nmine\n" in listing and "secret" not in listing and "root:" not in listing
    assert set(listing.split("mine\n")[1].split("/etc:")[0].split()) <= {
        "bin", "course", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr", "opt", "work"}
    assert run(f"ls {ROOT}")[0] != 0


def test_it_writes_nowhere(run):
    status, said = run("touch mine || touch new || touch /usr/new || touch /new || touch /etc/new || echo held")
    assert said.strip().endswith("held")
    assert run("echo x > /tmp/x", file=0)[0] != 0  # unit tests need no file at all


def test_it_is_not_root(run):
    assert run("id -u; id -g")[1].split() != ["0", "0"]
    assert run("mount -t tmpfs none /tmp || chown 0 /tmp || echo held")[1].strip().endswith("held")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root grades as another user")
def test_what_is_shown_can_be_read_whatever_roots_umask_was(run, tmp_path):
    """Hard links of the reference's files stay root's."""
    reference = tmp_path / "reference"
    (reference / "folder").mkdir(parents=True)
    (reference / "folder/object.o").write_text("object")
    (reference / "dangling").symlink_to("nowhere")
    (reference / "folder/object.o").chmod(0o600)
    (reference / "folder").chmod(0o700)
    os.link(reference / "folder/object.o", tmp_path / "mine.o")
    sandbox.show(reference)
    assert run("cat mine.o reference/folder/object.o") == (0, "objectobject")


def test_it_has_no_network(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, said = run(f"{PYTHON} -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 2)'")
    assert status != 0 and ("refused" in said or "not permitted" in said)


def test_it_can_not_reach_processes_outside(run):
    assert run(f"kill -9 {os.getpid()}")[0] != 0
    assert len(run("ls /proc | grep -c '^[0-9]'")[1].split()) == 1 and int(run("ls /proc | grep -c '^[0-9]'")[1]) < 10


def test_a_fork_bomb_gets_64_processes_and_leaves_none(run):
    mark = f"31{os.getpid()}"
    begin = time.monotonic()
    try:
        run(f"for i in $(seq 200); do sleep {mark} & done; wait", limit=2)
    except sandbox.Exceeded:
        pass
    assert time.monotonic() - begin < 10
    time.sleep(0.2)
    left = [one for one in Path("/proc").glob("[0-9]*/cmdline") if mark.encode() in read(one)]
    assert left == []
    with pytest.raises(sandbox.Exceeded, match="did not end"):
        run("b() { b | b & }; b; sleep 60", limit=2)


def read(file):
    try:
        return file.read_bytes()
    except OSError:
        return b""


def test_memory_is_limited_for_one_process_and_for_all_together(run):
    hog = f"{PYTHON} -c 'import time; x = bytearray(b\"x\") * ({{}} << 20); time.sleep(20)'"
    assert "MemoryError" in run(hog.format(2000))[1]
    with pytest.raises(sandbox.Exceeded, match="1 GiB"):
        run(hog.format(1500), memory=0)  # a program with AddressSanitizer has no other limit
    with pytest.raises(sandbox.Exceeded, match="1 GiB"):
        run(" & ".join([hog.format(400)] * 4) + "; wait")


UNCOUNTED = {
    "a segment of System V": "assert libc.shmget(0, 20 << 20, 0o1600) == -1",
    "a queue of System V": "assert libc.msgget(0, 0o1600) == -1",
    "a queue of POSIX": "assert libc.mq_open(b'/one', os.O_RDWR | os.O_CREAT, 0o600, None) == -1",
    "a file of memfd": "assert libc.memfd_create(b'one', 0) == -1",
    "what lies in sockets": "assert libc.socketpair(socket.AF_UNIX, socket.SOCK_STREAM, 0, (ctypes.c_int * 2)()) == -1",
    "a shared file of POSIX": "assert libc.shm_open(b'/one', os.O_RDWR | os.O_CREAT, 0o600) == -1",
    "a file in the place of docs": "assert libc.creat(b'/course/docs/one', 0o600) == -1",
}


@pytest.mark.parametrize("what", UNCOUNTED)
def test_memory_that_no_process_holds_is_refused(run, what):
    code = f"import ctypes, os, socket; libc = ctypes.CDLL(None); {UNCOUNTED[what]}"
    status, said = run(f'{PYTHON} -c "{code}"')
    assert status == 0, said


def test_output_files_and_time_are_limited(run):
    with pytest.raises(sandbox.Exceeded, match="1 MiB"):
        run("yes")
    with pytest.raises(sandbox.Exceeded, match="did not end"):
        run("sleep 60", limit=0.5)
    with pytest.raises(sandbox.Exceeded, match="did not end"):
        run("exec 1>&- 2>&-; sleep 60", limit=0.5)
    assert run("head -c 2M /dev/zero > /tmp/x", file=1 << 20)[0] != 0
    assert run("while :; do :; done", seconds=1)[0] == -9 or run("while :; do :; done", seconds=1)[0] == -24


def bound(monkeypatch, tool, private=()):
    """What is bound for an emulator that is installed there."""
    tool.parent.mkdir(parents=True)
    tool.touch()
    monkeypatch.setattr(sandbox, "_private", [*map(Path, private)])
    monkeypatch.setattr(shutil, "which", lambda name: str(tool) if name == "bochs" else None)
    monkeypatch.setattr(sandbox, "_help", lambda: "")
    words = sandbox._tools.__wrapped__()
    return {Path(source) for word, source in zip(words, words[1:]) if word == "--ro-bind"} - set(map(Path, ("/usr", "/bin", "/lib",
            "/sbin", "/lib32", "/lib64", "/libx32")))


def test_a_tool_in_a_home_brings_itself_and_not_the_home(monkeypatch, tmp_path):
    home = tmp_path / "home/teacher"
    monkeypatch.setenv("HOME", str(home))
    (home / "share/bochs").mkdir(parents=True)
    (home / "thesis").mkdir()
    assert bound(monkeypatch, home / "bin/bochs") == {home / "bin/bochs", home / "share/bochs"}
    assert bound(monkeypatch, home / "opt/bin/bochs") == {home / "opt"}
    assert bound(monkeypatch, tmp_path / "srv/bin/bochs", [tmp_path / "srv/submissions"]) == {tmp_path / "srv/bin/bochs"}
    assert bound(monkeypatch, tmp_path / "home/bin/bochs") == {tmp_path / "home/bin/bochs"}


def test_without_bubblewrap_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(sandbox.NoSandbox, match="make setup"):
        sandbox.enter()
    assert not sandbox.entered()


def test_where_none_can_be_made_it_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(sandbox, "command", lambda words: ["sh", "-c", "echo bwrap: No permissions to create new namespace; exit 1"])
    with pytest.raises(sandbox.NoSandbox, match="No permissions(.|\n)*container"):
        sandbox.enter()
    assert not sandbox.entered()


def test_it_works_for_a_user_without_rights():
    if os.geteuid() != 0 or not sys.executable:
        pytest.skip("only root can become another user; the other tests have shown it for this one")
    code = ("from pathlib import Path; from course import sandbox; sandbox.enter(); "
            "print(sandbox.run(['sh', '-c', 'id -u; for i in $(seq 100); do sleep 5 & done'], Path('/usr'), 20).stdout)")
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", PYTHON, "-B", "-c", code]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    if "Permission denied" in done.stdout or "No module named" in done.stdout:
        pytest.skip("this folder can't be read by other users")
    assert done.stdout.startswith("65534\n") and "fork" in done.stdout.lower(), done.stdout


def test_an_exercises_own_checks_read_a_strangers_files_in_the_sandbox():
    for file in ROOT.glob("docs/*/exercises/*.check.py"):
        text = file.read_text(encoding="utf-8")
        assert re.findall(r"(?:subprocess\.(?!PIPE)|os\.(?:system|popen|exec|spawn))\w*\(.{9}", text) == text.count("confined(") * [
            "subprocess.run(confined("], file
