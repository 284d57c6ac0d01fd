"""Endurance: a distribution's shells run random scripts, one after the other, and their processes are killed at random; after each
round the kernel has in use what it had after the first ones (tests/soak/endurance-elf.c).

The seed makes the scripts. Here they run for a short time; in `make test-soak` for two hours of the machine's time.
"""

import random
import re
from pathlib import Path

import pytest

import root_file_system
from boots import BOCHS_ISO, QEMU_KERNEL, ROOT, initrd
from linux import jobs
from root_file_system import contents_below
from test_soak import SEED, WHOLE, soak

SHELLS = ("/linux/bin/busybox ash", "/linux/bin/mksh-klibc", "/linux/bin/mksh-diet", "/linux/bin/mksh-musl", "/bin/dash")
# For `shift` (test_soak.py), seconds of the machine's time: the slower the machine, the more often its timer comes between two of a
# program's instructions.
SHIFTS = ((6, 1200), (7, 2400), (8, 3600)) if WHOLE else ((6, 100),)
SCRIPTS = 500 if WHOLE else 50  # when all have run, the first one does so again, and is killed at other moments
MEMORY = 48  # MiB
LEFT = 8  # MiB, when memory is made short

FILES = ("tree/numbers", "tree/a/words", "tree/a/b/zeros", "tree/link", "tree/a", "tree/none", "/linux/bin/busybox")
SOURCES = (
    "cat {file}", "cat {file} {file}", "seq {number}", "yes | head -n {number}", "find tree", "tar c tree", "ls -lR tree", "ps",
    "head -c {number} {file}", "cat /proc/[0-9]*/stat", "cat /proc/meminfo {file}", "grep -r 1 tree", "dd if={file} bs=1000 count=9",
    "diff -r tree {file}", "od -c {file}", "for i in $(seq 20); do echo $i $((i * {number})); done", "(cd tree; du -a; exit 3)",
    "stat {file}", "xargs -n 1 < {file}", "lua5.4 -e 'for i = 1, {number} do print(i, (\"x\"):rep(i % 50)) end'",
)  # fmt: skip
FILTERS = (
    "sort", "sort -rn", "uniq -c", "wc", "tr a-z A-Z", "sed 's/1/one/g; $d'", "awk '{{ n += length($0) }} END {{ print n, NR }}'",
    "grep 1", "grep -v 1", "head -n {number}", "tail -n 30", "cut -c 1-9", "rev", "tac", "fold -w 20", "nl", "md5sum", "gzip | gunzip",
    "base64", "xxd", "tee tree/copy", "cat", "while read word rest; do echo $rest $word; done", "sh -c 'cat; exit 2'",
    "(cat; cat {file})", "mksh-klibc -c 'cat'", "expand", "xargs -n 20 echo", "mksh-musl -c 'while read -r a; do print -r -- $a; done'",
    "strings", "paste - -", "bzip2 -c 2>&1", "timeout 1 cat",
)  # fmt: skip
SINKS = (">tree/out", ">>tree/a/words", "| md5sum", "| wc", ">/dev/null", "2>&1 | head -n 3", "| sort >tree/a/b/sorted", ">/dev/full")
ENDLESS = (
    "yes | cat | sort", "cat /dev/zero | tr '\\0' x | wc -c", "while true; do echo x; done | cat >/dev/null", "yes | tee tree/a/tee | wc",
    "while true; do ls -R tree; done | grep none", "sleep 100", "sleep 100 | sleep 100", "while sleep 0.1; do ps; done >tree/ps",
    "while true; do mv tree/numbers tree/moved; mv tree/moved tree/numbers; done", "while true; do (true); done",
    "tail -f tree/numbers", "dd if=/dev/urandom bs=10 | od", "cat /dev/console | wc",
)  # fmt: skip
# What needs more memory than is left when it is short. It says what has failed, on the console.
HUNGRY = (
    "head -c 9000000 /dev/zero | tail -c 8000000 | wc -c", "awk 'BEGIN {{ s = \"x\"; while (length(s) < 9000000) s = s s }}'",
    "seq 200000 | sort | tail -n 1", "dd if=/dev/zero of=filled bs=64k", "yes >tree/yes", "text=$(seq 300000); echo ${{#text}}",
    "cp -r tree tree2; cp -r tree2 tree/a/b; cp /linux/bin/* tree; cp /linux/bin/busybox tree/one; cp tree/one tree/two",
    "for i in 1 2 3 4 5 6 7 8; do tail -c 2000000 /dev/zero | wc & done; sleep 1", "for i in $(seq 60); do sleep 1 | sleep 1 | sort & done",
    "lua5.4 -e 't = {{}} while true do t[#t + 1] = (\"x\"):rep(1000) .. #t end'", "gzip -c ballast | gunzip | wc -c",
    "mkdir tree/many; seq 6000 | (cd tree/many; xargs touch); ls tree/many | wc", "bzip2 -9 <tree/numbers | bunzip2 | wc",
    "cd tree; for i in $(seq 300); do mkdir d && cd d && ln -s ../$i x; done; cd -P /work",
    "mkdir tree/many; for i in $(seq 3000); do : >tree/many/$i; done",
)  # fmt: skip
# A scrolled screen is 2000 cells, and each takes QEMU long when it counts instructions: most of it is written in large pieces, by cat.
FLOODS = (
    "seq 100", "seq 2000 | cat", f"yes 'a line that is longer than the screen is wide: {'0123456789' * 5}' | head -n 300 | cat",
    "od -v -A n -t x1 tree/numbers | head -n 400 | cat", "head -c 5000 /dev/urandom", "head -c 3000 tree/a/b/zeros | tr '\\0' '\\n' | cat",
    "ls -lR / | head -n 200 | cat", "cat /proc/self/maps /proc/filesystems",
    "for i in $(seq 50); do printf '\\033[%d;%dH\\033[3%dm%d\\033[K' $((i % 30)) $((i * 7 % 90)) $((i % 10)) $i; done",
    "for i in $(seq 20); do printf '\\033[%d;%dr\\033[%dL\\033M\\033[6n\\n' $((i % 9)) $((i % 27)) $((i % 5)); done",
)  # fmt: skip

TREE = """\
mkdir -p tree/a/b; seq 3000 >tree/numbers; ln -s numbers tree/link; dd if=/dev/zero of=tree/a/b/zeros bs=1000 count=50 2>/dev/null
for word in one two three 'four five' six; do echo $word; done >tree/a/words
"""
# A file is made so large that only LEFT is left.
SHORT = f"""\
while read name value unit; do [ $name = MemFree: ] && free=$value; done </proc/meminfo
dd if=/dev/zero of=ballast bs=64k count=$(((free - {LEFT << 10}) / 64)) 2>/dev/null
"""
# A program that is compiled there. It starts itself again and again, writes to its memory, and says so if that has changed.
WORKER = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAPPED = 50000, PAGE = 4096 };

static void say(const char* text) {
    write(2, text, strlen(text));
}

int main(int count, char** words) {
    int depth = count > 1 ? atoi(words[1]) : 0, size = (depth + 1) << 14, status;
    int file = open("tree/a/b/zeros", O_RDONLY);
    char *map = mmap(0, MAPPED, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0), *memory = malloc(size);
    if (map == MAP_FAILED || memory == NULL) {
        perror("worker");
        return 1;
    }
    for (int i = 0; i < MAPPED; i += PAGE) map[i] = depth + 1;
    memset(memory, depth + 1, size);
    for (int i = 0; depth > 0 && i < 2; i++) {
        if (fork() == 0) {
            for (int i = 0; i < size; i += PAGE) memory[i] = 0;
            sprintf(words[1], "%d", depth - 1);
            execv("/proc/self/exe", words);
            _exit(2);
        }
    }
    while (wait(&status) > 0);
    for (int i = 0; i < MAPPED; i += 512)
        if (map[i] != (i % PAGE == 0 ? depth + 1 : 0)) say("\ndamaged: a mapped file\n"), i = MAPPED;
    for (int i = 0; i < size; i += 64)
        if (memory[i] != depth + 1) say("\ndamaged: memory\n"), i = size;
    return depth;
}
"""


# --- Pieces of scripts: each is a few words of shell, for any of the shells ---


def drawn(draw: random.Random, texts) -> str:
    """One of them, with its gaps filled."""
    return draw.choice(texts).format(file=draw.choice(FILES), number=draw.choice((0, 1, 7, 100, 1000, 4096, 20000)))


def pipeline(draw: random.Random) -> str:
    parts = [drawn(draw, SOURCES), *(drawn(draw, FILTERS) for _ in range(draw.randrange(6)))]
    return f"{' | '.join(parts)} {draw.choice(SINKS)}"


def here_document(draw: random.Random) -> str:
    lines = [f"{'x' * draw.randrange(100)} $((1 + {number})) $(echo {number} | {drawn(draw, FILTERS)})\n"
             for number in range(draw.randrange(12))]  # fmt: skip
    return f"{drawn(draw, FILTERS)} <<end | {drawn(draw, FILTERS)} {draw.choice(SINKS)}\n{''.join(lines)}end"


def background(draw: random.Random) -> str:
    return f"{{ {pipeline(draw)}; }} &"


def killed_job(draw: random.Random) -> str:
    """In the end. Before that it may be stopped, or told to end by a signal that can be caught."""
    before = draw.choice(("", "", "kill -STOP $job; usleep 1000; ", "kill -STOP $job; kill -CONT $job; ", "kill $job; ",
                          "kill -HUP $job; kill -INT $job; "))  # fmt: skip
    after = draw.choice(("wait $job", ":"))
    return f"{{ {draw.choice(ENDLESS)}; }} & job=$!; usleep {draw.randrange(300000)}; {before}kill -9 $job; {after}"


def killed_member(draw: random.Random) -> str:
    """Each member of a pipeline writes its number to a file; one is killed, and the others see that."""
    words = ["yes", *(draw.choice(("cat", "sort", "tr y x", "uniq", "tee tree/out", "grep y", "rev")) for _ in range(draw.randrange(1, 5)))]
    members = " | ".join(f"sh -c 'echo $$ >>pids; exec {word}'" for word in words)
    return (f">pids; {{ {members}; }} >/dev/null & usleep {draw.randrange(200000)}; "
            f"kill -9 $({draw.choice(('head', 'tail'))} -n {draw.randrange(1, 3)} pids); usleep 50000; kill -9 $(cat pids) $!")  # fmt: skip


def killed_by_name(draw: random.Random) -> str:
    return f"killall -9 {draw.choice(('cat', 'sort', 'sleep', 'yes', 'wc', 'grep', 'mksh-klibc'))}"


def job_control(draw: random.Random) -> str:
    return (f"set -m; {{ {draw.choice(ENDLESS)}; }} & usleep {draw.randrange(100000)}; jobs; kill -STOP %%; jobs; bg; "
            "kill -9 %%; wait; set +m")  # fmt: skip


def another_shell(draw: random.Random) -> str:
    inner = draw.choice((pipeline, here_document, background, job_control))(draw)
    return f"{draw.choice(SHELLS)} {draw.choice(('', '', '-i', '-x', '-e'))} <<'inner' 2>&1 | tail -n 5\n{inner}\nexit 4\ninner"


def recursion(draw: random.Random) -> str:
    return f"nest() {{ if [ $1 = 0 ]; then cat tree/a/words; else (nest $(($1 - 1))) | cat; fi; }}; nest {draw.randrange(30)} | wc"


def traps(draw: random.Random) -> str:
    return (f"trap 'echo caught' TERM; trap 'echo end' EXIT; sh -c \"usleep {draw.randrange(50000)}; kill -TERM $$\" & "
            f"sleep 0.{draw.randrange(3)}; {draw.choice(('true', 'kill -9 $!', 'wait'))}")  # fmt: skip


def worker(draw: random.Random) -> str:
    """tcc and its libraries are dynamically linked, and so is what it makes."""
    how = draw.choice(("tcc -o tree/worker /linux/worker.c && tree/worker", "tcc -o tree/worker /linux/worker.c; exec tree/worker",
                       "tcc -run /linux/worker.c"))  # fmt: skip
    after = draw.choice(("", "", "&", f"& usleep {draw.randrange(300000)}; kill -9 $!"))
    return f"({how} {draw.randrange(4)}) 2>/dev/console {after}"


def copies(draw: random.Random) -> str:
    """A copy that was made is like what it was made from. cmp's status 1 is a difference; more is what kept it from comparing."""
    name = f"tree/own{draw.getrandbits(32)}"
    source = draw.choice(("/linux/bin/mksh-musl", "/linux/bin/busybox", "/usr/bin/tcc"))
    make = draw.choice((f"cp {source} {name}", f"cat {source} >{name}", f"gzip -c {source} >{name}.gz && gunzip {name}.gz",
                        f"dd if={source} of={name} bs={draw.randrange(500, 9000)} 2>/dev/null"))  # fmt: skip
    compare = f"{{ cmp -s {source} {name}; [ $? = 1 ] && printf '\\ndamaged: a copy\\n' >/dev/console; }}"
    return f"({make} && {compare}) {draw.choice(('', '&'))}"


def flood(draw: random.Random) -> str:
    """On the screen and down the serial line: lines, what moves the cursor and scrolls, and bytes that mean nothing."""
    some = " & ".join(f"{{ {draw.choice(FLOODS)}; }} >{draw.choice(('/dev/console', '/dev/tty'))}" for _ in range(draw.randrange(1, 5)))
    return f"{some} & {draw.choice(('wait', 'wait', 'kill -9 $!', ':'))}"


def short_memory(draw: random.Random) -> str:
    lines = [drawn(draw, HUNGRY) if draw.randrange(3) < 2 else draw.choice(WORK)(draw) for _ in range(draw.randrange(2, 6))]
    return "\n".join([SHORT, *lines, draw.choice(("rm -f ballast filled tree/yes", ">ballast; >filled", ""))])


def bomb(draw: random.Random) -> str:
    return f"bomb() {{ bomb | bomb & }}; bomb; usleep {draw.randrange(1500000)}"


WORK = (pipeline, pipeline, pipeline, here_document, background, background, killed_job, killed_job, killed_member, killed_member,
        killed_by_name, job_control, another_shell, recursion, traps, worker, worker, copies)  # fmt: skip
ALL = (*WORK, *WORK, flood, flood, short_memory, short_memory, bomb)


def script(draw: random.Random, number: int) -> str:
    """A program of its own, by its first line. Its last one may leave jobs, and wait for what never ends."""
    pieces = [short_memory(draw)] if number % 5 == 0 else []
    pieces += [draw.choice(ALL)(draw) for _ in range(draw.randrange(2, 9))]
    last = draw.choice(("", "", "wait", "kill -9 $$", "exit 3", "exec sleep 1", "kill -9 0", "kill -9 -1"))
    return "\n".join([f"#!{draw.choice(SHELLS)}", TREE, *pieces, last, ""])


def files(scripts: int):
    """What must be in the file system, contents by path."""
    draw = random.Random(SEED)
    return {"etc/passwd": b"root:x:0:0:root:/:/bin/sh\n", "etc/group": b"root:x:0:\n", "linux/worker.c": WORKER.encode(),
            **contents_below(jobs.fetched() / "bin", "linux/bin/"), **contents_below(jobs.fetched() / "root"),
            **{f"linux/rounds/{number}": script(draw, number).encode() for number in range(scripts)}}  # fmt: skip


def endurance(place, folder: Path, seconds: int, scripts: int, shift: int) -> str:
    """What was printed while so many seconds of the machine's time passed. All must have been well."""
    contents = files(scripts)
    folders = sorted({str(one) for name in contents for one in Path(name).parents} - set(root_file_system.names()))
    archive = initrd(folder / "initrd.tar", b"", folders, contents)
    longest = max(1, 10 << shift >> 6)  # seconds for a round: in QEMU about 150,000,000 instructions
    serial = soak(place, "endurance", SEED, scripts, longest, seconds, shift=shift, archive=archive, memory=MEMORY,
                  log=ROOT / f"build/linux/endurance-{place}-{shift}.log")  # fmt: skip
    print("".join(line + "\n" for line in serial.splitlines() if line.startswith("soak: ")))
    return serial


def check(serial: str) -> None:
    """There were rounds, and in some of them memory was short; what a program has written was still so when it was read."""
    assert int(re.search(r"^soak: (\d+) rounds of shells\n", serial, flags=re.MULTILINE)[1]) > 3  # two are compared, or more
    assert min(int(free) for free in re.findall(r"least free (\d+) KiB", serial)) < LEFT << 10
    assert "\ndamaged: " not in serial
    assert not WHOLE or re.search(r"No space left on device|[Oo]ut of memory|Cannot allocate memory", serial)


@pytest.mark.parametrize("shift, seconds", SHIFTS)
def test_shells_of_a_distribution_leave_the_kernel_as_it_was(shift, seconds, tmp_path):
    check(endurance(QEMU_KERNEL, tmp_path, seconds, SCRIPTS, shift))


def test_shells_of_a_distribution_in_bochs(tmp_path):
    check(endurance(BOCHS_ISO, tmp_path, 300 if WHOLE else 30, SCRIPTS, 5))


def test_the_same_seed_makes_the_same_run(tmp_path):
    runs = [endurance(QEMU_KERNEL, tmp_path, 40, SCRIPTS, 6) for _ in range(2)]
    assert runs[0] == runs[1]
