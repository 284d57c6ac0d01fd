#!/usr/bin/python3
"""Makes docs/reference/system-calls.md and linux.md from the lists of the system calls and the comments above their functions.

    reference.py           writes the pages: `make reference-pages`
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/system-calls.md"
HEAD = """\
# System calls

Made by `make reference-pages` from `kernel/abi/system_calls.def` and the comments in `kernel/syscall/`. Chapter 12 explains
how a call comes into the kernel.

A program calls with `int 0x80`: the number in eax, the arguments in ebx, ecx, edx, esi, edi and ebp. The result comes back in
eax. A value from -4095 to -1 is an error: the negative of a number below. All other registers keep their values. Numbers,
structures and errors are those of Linux for i386. A number without a call gives `-ENOSYS`.

## Calls

| eax | Call | What it does |
|---|---|---|
"""
ERRORS = """
## Errors

| Number | Name |
|---|---|
"""

LINUX_PAGE = ROOT / "docs/reference/linux.md"
LINUX_HEAD = """\
# Linux's calls

Made by `make reference-pages` from `kernel/abi/system_calls.def`, `kernel/abi/missing_calls.def` and a list in
`docs/course/reference.py`: every call number of Linux for i386 up to 460. What a call does is in
[System calls](system-calls.md).

*Full* means: what the manual page promises a program of one thread and one user. Of a *partial* call the table says what
is missing. What is missing fails with the error that Linux has for it, with few exceptions, which are told in the table (a
flag is *ignored*, a count is 0, all clocks are one) and in [The terminal](terminal.md). A call that is *not there* gives
`-ENOSYS`, and the kernel's log names it once.

"""
LINUX_ROWS = """
| Number | Call | State |
|---|---|---|
"""
LAST_NUMBER = 460
NEVER_USED = (222, 223, 251, 285, *range(387, 393), 415)  # numbers that Linux for i386 has given to no call
# What is missing in calls that are there.
PARTIAL = {
    "brk": "no limit can be set",
    "chown32": "only user and group 0, or -1; others are EINVAL",
    "fchown32": "as chown32",
    "fchownat": "as chown32",
    "lchown32": "as chown32",
    "clock_getres": "as clock_gettime",
    "clock_getres_time64": "as clock_gettime",
    "clock_gettime": "to a tick; the clock of the day begins at 0 with the machine; no clocks of other processes",
    "clock_gettime64": "as clock_gettime",
    "clock_nanosleep": "no TIMER_ABSTIME; all clocks are one",
    "clone": "no threads: flags that share are EINVAL, but for CLONE_VM and CLONE_VFORK together, without CLONE_CHILD_CLEARTID",
    "futex": "FUTEX_WAIT and FUTEX_WAKE only, for there is one thread",
    "fcntl64": "no locks, no owner of signals; F_SETFL changes O_APPEND and O_NONBLOCK, other flags are ignored",
    "getrusage": "times only, the rest is 0; all time is user time",
    "gettimeofday": "as clock_gettime",
    "getitimer": "ITIMER_REAL only",
    "setitimer": "ITIMER_REAL only",
    "ioctl": "terminals, and FIONREAD of pipes; TCSBRK, TCXONC and some settings are ignored",
    "mmap": "private memory only; a file's part is read at once; PROT_EXEC as in mprotect; MAP_FIXED and MAP_ANONYMOUS count, "
            "other flags are ignored",
    "mmap2": "as mmap",
    "mprotect": "PROT_EXEC is ignored: what can be read can be executed, for 32-bit paging has no bit against it",
    "open": "O_SYNC, O_DSYNC, O_DIRECT, O_PATH, O_ASYNC, O_NOATIME and O_NOCTTY are ignored; no O_TMPFILE; without O_LARGEFILE, too, "
            "a file can go past 2 GiB",
    "openat": "as open",
    "prctl": "only a number of its own, for strace",
    "prlimit64": "limits can be asked for; to set one is EPERM",
    "reboot": "power off only",
    "getrandom": "not good enough for keys; 64 KiB at most at a time",
    "sched_getaffinity": "one processor",
    "set_thread_area": "one writable segment, entry 6; it can't be emptied",
    "stat64": "one time for all three; whole seconds",
    "lstat64": "as stat64",
    "fstat64": "as stat64",
    "fstatat64": "as stat64",
    "sendfile64": "64 KiB at most at a time",
    "linkat": "no AT_EMPTY_PATH",
    "lseek": "no SEEK_DATA, SEEK_HOLE",
    "_llseek": "as lseek",
    "pipe2": "no O_DIRECT",
    "sigaltstack": "no SS_AUTODISARM",
    "statx": "as stat64; no time of birth",
    "syslog": "actions 3 and 10",
    "sysinfo": "the loads are 0",
    "time": "as clock_gettime",
    "times": "all time is user time",
    "utimensat": "whole seconds; a file has one time, that of its change: the access time is ignored",
    "wait4": "as waitpid; usage as getrusage",
    "waitpid": "__WCLONE is ignored",
}


def calls():
    """(number, name, parameters as C has them) of each system call."""
    text = (ROOT / "kernel/abi/system_calls.def").read_text()
    return [(int(number), name, re.sub(r"UserPointer<(.*?)> ", r"\1* ", parameters).replace("VirtualAddress", "void*"))
            for number, name, parameters in re.findall(r"^SYSTEM_CALL\((\d+), (\w+)(?:, )?(.*)\)", text, re.MULTILINE)]


def descriptions():
    """name: what the call does, from the comment above its function."""
    found = {}
    for file in sorted((ROOT / "kernel/syscall").glob("*_calls.cpp")):
        for comment, name in re.findall(r"((?:^///.*\n)+)(?:\[\[noreturn\]\] )?Result<std::uint32_t> (\w+)\(", file.read_text(), re.MULTILINE):
            found[name] = " ".join(line.removeprefix("///").strip() for line in comment.splitlines())
    return found


def page():
    described = descriptions()
    rows = [f"| {number} | `{name}({parameters})` | {described[name]} |\n" for number, name, parameters in calls()]
    errors = re.findall(r"^#define (E\w+) +(\d+)", (ROOT / "kernel/abi/errno.h").read_text(), re.MULTILINE)
    return HEAD + "".join(rows) + ERRORS + "".join(f"| {number} | {name} |\n" for name, number in errors)


def missing_calls():
    """(number, name) of each call that Linux has and the kernel has not."""
    found = re.findall(r"MISSING_CALL\((\d+), (\w+)\)", (ROOT / "kernel/abi/missing_calls.def").read_text())
    return [(int(number), name) for number, name in found]


def linux_page():
    states = {number: (name, f"partial: {PARTIAL[name]}" if name in PARTIAL else "full") for number, name, _ in calls()}
    states.update((number, (name, "not there")) for number, name in missing_calls())
    count = [sum(state.startswith(kind) for _, state in states.values()) for kind in ("full", "partial", "not")]
    summary = f"Of {len(states)} calls {count[0]} are full, {count[1]} partial, and {count[2]} are not there.\n"
    rows = [f"| {number} | `{name}` | {state} |\n" for number, (name, state) in sorted(states.items())]
    return LINUX_HEAD + summary + LINUX_ROWS + "".join(rows)


if __name__ == "__main__":
    for file, text in ((PAGE, page()), (LINUX_PAGE, linux_page())):
        file.write_text(text)
        print(file.relative_to(ROOT))
    sys.exit(0)
