"""The shell and its programs: each script of tests/boot/scripts prints here what the same files print on this machine's Linux."""

import os
import re
import resource
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from boots import BOCHS_ISO, INITRD, LIMIT, QEMU_KERNEL, ROOT, assembled, boot, counter, initrd, on_this_machine, program
from machine import symbols

SCRIPTS = Path(__file__).parent / "scripts"
NAMES = sorted(file.stem for file in SCRIPTS.glob("*.sh"))


def script_called(name: str) -> str:
    return (SCRIPTS / f"{name}.sh").read_text().replace("\N{SYMBOL FOR NULL}", "\0")


def on_the_host(script: str, folder: Path) -> str:
    """What it prints when this machine runs the same programs."""
    (folder / "bin").mkdir()
    (folder / "work").mkdir()
    for file in (ROOT / "build/programs/bin").glob("*.elf"):
        (folder / "bin" / file.stem).symlink_to(file)
    (folder / "rc").write_text(script)
    environment = {"PATH": str(folder / "bin"), "HOME": "/"}
    return on_this_machine(["bin/sh", "../rc"], executable=folder / "bin/sh", cwd=folder / "work", env=environment,
                           stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT).stdout


def here(place, script: str, folder: Path) -> str:
    rc = f"mkdir /work; cd /work\n{script}"
    modules = [(program("init.bin"), "init"), (initrd(folder / "initrd.tar", rc.encode()), "initrd.tar")]
    with boot(place, modules) as machine:
        machine.wait_for(r"^\$ ", LIMIT[place.emulator])
        output = machine.serial.rpartition("$ ")[0]
    return re.sub(r"\A(?:.*\n)*?.*process 1 \(init\): started.*\n", "", re.sub(r"\[warn \] program .*\n", "", output))


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_prints_what_it_prints_on_linux(place, name, tmp_path):
    script = script_called(name)
    assert here(place, script, tmp_path) == on_the_host(script, tmp_path)


@pytest.mark.parametrize("name, is_with_its_programs", [("words", False), ("commands", False), ("tools", True)])
def test_the_shell_and_its_programs_do_what_others_do(name, is_with_its_programs, tmp_path):
    """Standard output only: each has its own words for what is wrong."""
    if not os.path.exists("/bin/dash"):
        pytest.skip("there is no dash to compare with")
    script = script_called(name)
    on_the_host("", tmp_path)
    outputs = []
    for shell in (tmp_path / "bin/sh", Path("/bin/dash")):
        folder = tmp_path / shell.parent.parent.name / "inner"
        folder.mkdir(parents=True)
        (tmp_path / "rc").write_text(script)
        path = "/usr/bin:/bin" if is_with_its_programs and shell == Path("/bin/dash") else str(tmp_path / "bin")
        done = subprocess.run([shell, tmp_path / "rc"], cwd=folder, env={"PATH": path, "HOME": "/", "LC_ALL": "C"},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60)
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]


def test_the_shell_names_a_script_that_is_not_there(tmp_path):
    """And its status is what POSIX demands, which dash's is not."""
    on_the_host("", tmp_path)
    done = on_this_machine([tmp_path / "bin/sh", "missing"], cwd=tmp_path, stderr=subprocess.STDOUT)
    assert (done.returncode, done.stdout) == (127, "sh: missing: no such file or directory\n")


def test_the_shell_says_that_memory_is_used_up(tmp_path):
    """By variables, which it keeps."""
    on_the_host("", tmp_path)
    digits = "0 1 2 3 4 5 6 7 8 9"
    script = (f"x=0123456789; for i in 1 2 3 4 5 6 7 8; do x=$x$x; done\n"
              f"for i in {digits}; do for j in {digits}; do for k in {digits}; do export v$i$j$k=$x; done; done; done")  # fmt: skip
    done = on_this_machine([tmp_path / "bin/sh", "-c", script], stderr=subprocess.STDOUT,
                           preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (1 << 20, 1 << 20)))  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "sh: out of memory\n")


def test_ls_names_a_link_that_does_not_tell_where_it_leads(tmp_path):
    """As that to the program of a process that has ended, and not yet been waited for."""
    on_the_host("", tmp_path)
    child = subprocess.Popen("true")
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    done = on_this_machine([tmp_path / "bin/ls", "-l", f"/proc/{child.pid}/exe"])
    child.wait()
    assert re.fullmatch(rf"l.* /proc/{child.pid}/exe\n", done.stdout)


def test_what_gets_no_memory_says_so(tmp_path):
    """No part of the result is shown as if it were all of it."""
    limit = LIMIT[QEMU_KERNEL.emulator]
    archive = initrd(tmp_path / "initrd.tar", b"", files={"many": 50000 * b"x\n"})
    with boot(QEMU_KERNEL, [(program("init.bin"), "init"), (archive, "initrd.tar")], memory=8) as machine:
        machine.wait_for(r"^\$ ", limit)
        machine.type_serial("sort many; echo $?; tail -n 50000 many; echo $?\n")
        told = machine.wait_for(r"\$\?\n((?:.*\n){4})\$ ", limit)[1]
    assert told == "sort: many: out of memory\n2\ntail: many: out of memory\n1\n"


def test_ls_and_rm_say_that_they_get_no_memory(tmp_path):
    """Here only, where a program's memory can be limited: there the files would take it first."""
    on_the_host("", tmp_path)
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(10000):
        (folder / str(number)).touch()
    size = (1 << 18, 1 << 18)
    for command, status in ((["ls"], 2), (["rm", "-r"], 1)):
        done = on_this_machine([tmp_path / "bin" / command[0], *command[1:], folder],
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, size))  # fmt: skip
        assert (done.stdout, done.stderr, done.returncode) == ("", f"{tmp_path}/bin/{command[0]}: memory: out of memory\n", status)


def test_rm_does_not_remove_the_root():
    """Here only: on this machine a mistake would cost too much."""
    limit = LIMIT[QEMU_KERNEL.emulator]
    with boot(QEMU_KERNEL, [(program("init.bin"), "init"), (INITRD, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", limit)
        machine.type_serial("rm -rf / // /../bin/..; /bin/echo $?; pwd\n")  # pwd is the shell's own
        machine.wait_for(r"^/\n\$ ", limit)
        assert machine.serial.endswith("\n1\n/\n$ ")


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_a_fault_is_one_line_here_and_a_report_in_the_log(place, tmp_path):
    limit = LIMIT[place.emulator]
    archive = tmp_path / "initrd.tar"
    shutil.copyfile(INITRD, archive)
    linked = tmp_path / "linked"  # as a linker leaves it, without a table of ours
    subprocess.run([symbols.CROSS + "objcopy", "--strip-debug", program("misbehave/null-pointer-elf.elf"), linked], check=True)
    with tarfile.open(archive, "a", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(program("misbehave/null-pointer-elf.elf"), "./bin/fail")
        tar.add(program("misbehave/freed-heap.bin"), "./bin/flat")
        tar.add(linked, "./bin/linked")
    with boot(place, [(program("init.bin"), "init"), (archive, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", limit)
        machine.type_serial("fail\r")
        machine.wait_for("Segmentation fault", limit)
        machine.wait_for(r"^\$ ", limit)
        assert "page fault #PF" not in machine.serial
        machine.type_serial("dmesg | tail -n 30\r")
        machine.wait_for(r"page fault #PF, vector 14, in user mode\n(?:.|\n)*killed by SIGSEGV", limit)
        machine.type_serial("flat; linked; dmesg | grep main; echo all\r")
        machine.wait_for(r"^all\n", limit)
    # Each kind of file names the functions of its program.
    told = re.findall(r"^  at eip     0x[0-9a-f]+ (main.*)\n", machine.serial, re.MULTILINE)[-3:]
    lines = (r"main \(programs/misbehave/null-pointer-elf\.c:\d+\)", r"main \(programs/misbehave/freed-heap\.c:\d+\)", r"main\+0x[0-9a-f]+")
    assert all(map(re.fullmatch, lines, told)), told


def hold_until_power_off(dialogue):
    """At the prompt of the shell: types each text as soon as the answer to the one before has come."""
    limit = LIMIT[QEMU_KERNEL.emulator]
    with boot(QEMU_KERNEL, [(program("init.bin"), "init"), (INITRD, "initrd.tar")], "poweroff") as machine:
        machine.wait_for(r"^\$ ", limit)
        for typed, answer in dialogue:
            machine.type_serial(typed)
            machine.wait_for(answer, limit)


def test_the_terminals_keys_are_for_the_job_in_the_foreground():
    """What is typed, and what the terminal shows then."""
    dialogue = (
        ("sh -c 'echo ready; sleep 100'\n", r"^ready\n"),
        ("\x03", r"^\^C\n\$ "),
        ("echo $?\n", r"^130\n\$ "),
        ("sh -c 'echo ready; sleep 100'\n", r"^ready\n"),
        ("\x1a", r"^\[1\] stopped\n\$ "),
        ("bg; jobs\n", r"^\[1\] \d+ running\n\$ "),
        ("kill %1; wait\n", r"wait\n(.*\n)?\$ "),
        ("kill 1; kill -KILL 1; echo still here\n", r"^still here\n\$ "),
        ("cat &\n", r"^\$ "),
        ("sleep 1; jobs\n", r"^\[1\] stopped\n\[1\] \d+ stopped\n\$ "),  # it wants to read, and is in the background
        ("kill %1; wait\n", r"wait\n\[1\] Terminated\n\$ "),  # it ends though it was stopped
        ("sleep 100 & kill %1; wait\n", r"^\[1\] \d+\n\[1\] Terminated\n\$ "),
        ("sh -c 'exit 3' & wait; jobs\n", r"^\[1\] \d+\n\[1\] done: 3\n\$ "),
        ("sh -c 'exit 3' & wait %1; echo $?\n", r"^\[1\] \d+\n3\n\[1\] done: 3\n\$ "),
        ("wait %1; echo $?\n", r"^127\n\$ "),
        ("true & wait\n", r"^\[1\] \d+\n\[1\] done\n\$ "),
        ("sh -c 'kill -KILL $$' & wait\n", r"^\[1\] \d+\n\[1\] Killed\n\$ "),
        ("jobs; true\n", r"true\n\$ "),
        ("cat | wc\n", r"wc\n"),
        ("one\n\x04", r"^1 1 4\n\$ "),
        ("cat\n", r"cat\n"),
        ("one\n", r"^one\none\n"),
        ("\x1a", r"stopped\n\$ "),
        ("fg\n", r"fg\n"),
        ("two\n", r"^two\ntwo\n"),
        ("\x04", r"^\$ "),
        ("exit\n", "power: off"),
    )
    hold_until_power_off(dialogue)


def test_a_job_is_stopped_goes_on_and_tells_its_status():
    dialogue = (
        ("sh &\n", r"^\[1\] \d+\n(\[1\] stopped\n)?\$ "),  # it wants the terminal, and is in the background
        ("sleep 1; jobs\n", r"^\[1\] \d+ stopped\n\$ "),
        ("fg\n", r"fg\n\$ "),
        ("exit 4\n", r"^\$ "),
        ("echo $?\n", r"^4\n\$ "),
        ("sleep 0 & cat & sleep 1\n", r"^\[1\] \d+\n\[2\] \d+\n\[1\] done\n\[2\] stopped\n\$ "),
        ("fg foo; bg foo; fg 1; fg %1x; fg\n", r"fg: no such job\n.*bg: no such job\n(.*fg: no such job\n){2}$"),
        ("one\n", r"^one\none\n"),
        ("\x1a", r"^\[2\] stopped\n\$ "),  # its number has not changed
        ("jobs; (jobs); jobs | cat\n", r"cat\n(\[2\] \d+ stopped\n)\1\1\$ "),
        ("jobs >/dev/full; echo $?; help >/dev/full; echo $?\n", r"sh: jobs: no space.*\n1\nsh: help: no space.*\n1\n\$ "),
        ("sleep 100 &\n", r"^\[1\] \d+\n\$ "),
        ("kill %1 %2; wait; sleep 1\n", r"^\[1\] Terminated\n\[2\] Terminated\n\$ "),
        ("sleep 2 | sh -c 'echo ready; exit 3'\n", r"^ready\n"),
        ("\x1a", r"^\[1\] stopped\n\$ "),
        ("fg %%\n", r"fg %%\n\$ "),
        ("echo $?\n", r"^3\n\$ "),  # of the last, which had ended before
        ("sleep 100 &\n", r"^\[1\] \d+\n\$ "),
        ("pwd; wait; echo no\n", r"^/\n"),
        ("\x03", r"\^C\n+\$ "),
        ("echo $?\n", r"^130\n\$ "),
        ("pwd; wait %1; echo no\n", r"^/\n"),
        ("\x03", r"\^C\n+\$ "),
        ("echo $?\n", r"^130\n\$ "),
        ("exit abc; echo $?\n", r"exit: abc: .*\n2\n\$ "),
        ("if true\n", r"^> "),
        ("\x04", r"syntax error at the end\n\$ "),
        ("echo 'abc\n", r"^> "),
        ("\x04", r"syntax error at the end\n\$ "),
        ("\x04", "power: off"),
    )
    hold_until_power_off(dialogue)


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_ctrl_z_does_not_stop_the_script_of_init(place, tmp_path):
    """The shell that runs init's script has no job control; its message has made the terminal its own."""
    limit = LIMIT[place.emulator]
    modules = [(program("init.bin"), "init"), (initrd(tmp_path / "initrd.tar", b"cd /none; cat; echo all: $?\n"), "initrd.tar")]
    with boot(place, modules) as machine:
        machine.wait_for(r"^sh: .*/none.*\n", limit)
        machine.type_serial("\x1aone\n\x04")
        machine.wait_for(r"one\none\nall: 0\n\$ ", limit)


# Assembly: blocks all signals, kills its parent, reads, and tells what the call has returned.
SURVIVOR = """
        mov eax, 175                ; rt_sigprocmask
        mov ebx, 0                  ; SIG_BLOCK
        mov ecx, all
        mov edx, 0
        mov esi, 8
        int SYSTEM_CALL_VECTOR
        mov eax, 64                 ; getppid
        int SYSTEM_CALL_VECTOR
        mov ebx, eax
        mov ecx, 9                  ; SIGKILL
        mov eax, 37                 ; kill
        int SYSTEM_CALL_VECTOR
        mov eax, 3                  ; read
        mov ebx, 0
        lea ecx, [esp - 64]
        mov edx, 1
        int SYSTEM_CALL_VECTOR
        neg eax
        add al, '0'
        mov [text.number], al
        mov eax, 4                  ; write
        mov ebx, 1
        mov ecx, text
        mov edx, text.end - text
        int SYSTEM_CALL_VECTOR
        mov eax, 1                  ; exit
        int SYSTEM_CALL_VECTOR
text:   db "read: error "
.number: db "?", 10
.end:
all:    dq -1
"""


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_a_shells_end_takes_the_terminal_from_its_jobs(place, tmp_path):
    """They hear of it, and the next shell has the terminal for itself and has job control."""
    limit = LIMIT[place.emulator]
    another = r"init: the shell was killed by signal 9: here is another one\n"
    archive = initrd(tmp_path / "initrd.tar", b"", files={"bin/survivor": assembled(tmp_path, SURVIVOR).read_bytes()})
    with boot(place, [(program("init.bin"), "init"), (archive, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", limit)
        for typed, answer in (
            ('sh -c "kill -KILL $$; cat"\n', rf"^{another}\$ "),
            *((f"echo {word}\n", rf"^{word}\n\$ ") for word in ("one", "two", "three")),
            ("ps\n", r"init\n.*sh\n.*ps\n\$ "),
            ("sh -c 'echo ready; sleep 100'\n", r"^ready\n"),
            ("\x1a", r"^\[1\] stopped\n\$ "),
            ("survivor\n", rf"^(read: error 5\n{another}\$ |{another}(\$ )?read: error 5\n(\$ )?)"),
            *((f"echo {word}\n", rf"^{word}\n\$ ") for word in ("four", "five", "six")),
            ("ps\n", r"init\n.*sh\n.*ps\n\$ "),
        ):  # fmt: skip
            machine.type_serial(typed)
            machine.wait_for(answer, limit)


def test_ps_and_free_tell_what_the_kernel_counts():
    limit = LIMIT[QEMU_KERNEL.emulator]
    with boot(QEMU_KERNEL, [(program("init.bin"), "init"), (INITRD, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", limit)
        machine.type_serial("sleep 1000 & cat /proc/meminfo /proc/meminfo -\n")  # the first time it touches its memory
        machine.wait_for(r"(?:MemTotal(?:.|\n)*){2}MemFree.*\n", limit)
        machine.type_serial("one\n")
        machine.wait_for(r"^one\none\n", limit)  # it waits for more, and has all that it had when it read the file
        told = re.findall(r"^Mem(?:Total|Free): +(\d+) kB\n", machine.serial, re.MULTILINE)[2:]
        assert [4 * counter(machine, "total_frames"), 4 * counter(machine, "free_frames")] == [int(number) for number in told]
        machine.type_serial("\x04")
        machine.wait_for(r"^\$ ", limit)
        machine.type_serial("ps; free; cat\n")
        machine.wait_for(r"total +used +free\n.*\n", limit)
        machine.type_serial("two\n")
        machine.wait_for(r"^two\ntwo\n", limit)
        listed = re.findall(r"^ *(\d+) +(\d+) ([RSTZ]) +[\d.]+ +(\d+) (.*)\n", machine.serial, re.MULTILINE)
        assert len(listed) == counter(machine, "process_count"), machine.serial  # cat, in the place of ps
        numbers = [number for number, *_ in listed]
        assert [(parent, state, command) for _, parent, state, _, command in listed] == [
            ("0", "S", "init"), (numbers[0], "S", "sh"), (numbers[1], "S", "sleep 1000"), (numbers[1], "R", "ps")]  # fmt: skip
        assert all(20 <= int(size) < 1000 for *_, size, _ in listed), machine.serial
        total, used, free = map(int, re.findall(r"total +used +free\n +(\d+) +(\d+) +(\d+)\n", machine.serial)[0])
        assert total == 4 * counter(machine, "total_frames") and used + free == total


# Assembly: reads 2 GiB in one call, always into the same 2 MiB.
READS_MUCH = """
        mov eax, 45                 ; brk
        mov ebx, 0x600000
        int SYSTEM_CALL_VECTOR
        mov eax, 5                  ; open
        mov ebx, device
        mov ecx, 0
        int SYSTEM_CALL_VECTOR
        mov edx, 1023
        mov ecx, 0x1000
    .piece:
        mov dword [ecx], 0x400000
        mov dword [ecx + 4], 0x200000
        add ecx, 8
        dec edx
        jnz .piece
        mov ebx, eax
        mov ecx, 0x1000
        mov edx, 1023
        mov eax, 145                ; readv
        int SYSTEM_CALL_VECTOR
        mov ecx, text
        mov edx, 5
        mov ebx, 1
        mov eax, 4                  ; write
        int SYSTEM_CALL_VECTOR
        mov eax, 1                  ; exit
        int SYSTEM_CALL_VECTOR
    device: db "/dev/urandom", 0
    text: db "read", 10
"""


def test_a_call_that_takes_long_keeps_no_one_waiting(tmp_path):
    limit = LIMIT[QEMU_KERNEL.emulator]
    archive = initrd(tmp_path / "initrd.tar", b"", files={"bin/much": assembled(tmp_path, READS_MUCH).read_bytes()})
    with boot(QEMU_KERNEL, [(program("init.bin"), "init"), (archive, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", limit)
        machine.type_serial("much & sleep 1; ps\n")
        machine.wait_for(r" R .* much\n", limit)
        machine.type_serial("kill %1; wait\n")
        machine.wait_for(r"^\[1\] Terminated\n\$ ", limit)
        assert "\nread\n" not in machine.serial


def test_uptime_tells_for_how_long_no_process_ran():
    limit = LIMIT[QEMU_KERNEL.emulator]
    with boot(QEMU_KERNEL, [(program("init.bin"), "init"), (INITRD, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", limit)
        machine.type_serial("cat /proc/uptime; sleep 3; cat /proc/uptime\n")
        up, idle, later, more = map(float, machine.wait_for(r"^([\d.]+) ([\d.]+)\n([\d.]+) ([\d.]+)\n\$ ", limit).groups())
        assert idle <= up and 2.5 <= more - idle <= later - up


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_strace_tells_each_call_by_name(place, tmp_path):
    limit = LIMIT[place.emulator]
    archive = initrd(tmp_path / "initrd.tar", b"", files={"odd": b"\x012\x01a\n"})
    with boot(place, [(program("init.bin"), "init"), (archive, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", limit)
        machine.type_serial("strace cat /etc/motd /nothing >/dev/null; echo $?\n")
        machine.wait_for(r"^1\n\$ ", limit)
        told = re.sub(r"0x[0-9a-f]+", "0x", machine.serial.partition("echo $?\n")[2].rpartition("1\n$ ")[0]).splitlines()
        told = [row for row in told if not row.startswith(("brk(", "cat: "))]  # malloc, and what cat says itself
        assert told == [
            'close(3) = 0',
            'close(4) = 0',
            'execve("/bin/cat", 0x, 0x) = 0',
            'open("/etc/motd", 0x, 0666) = 3',
            r'read(3, "Welcome to Trapgate.\n", 4096) = 21',
            r'write(1, "Welcome to Trapgate.\n", 21) = 21',
            'read(3, 0x, 4096) = 0',
            'close(3) = 0',
            'open("/nothing", 0x, 0666) = -1 (no such file or directory)',
            r'write(2, "cat: /nothing: no such file or d"..., 41) = 41',
            'exit(1) = ?',
            '+++ exited with status 1 +++',
        ]  # fmt: skip
        machine.type_serial("strace cat /odd >/dev/null; echo odd\n")
        machine.wait_for(r"^odd\n\$ ", limit)
        assert r'read(3, "\0012\1a\n", 4096) = 5' in machine.serial
        machine.type_serial("strace -f -- sh -c 'sleep 0; exit 3'; echo $?\n")
        machine.wait_for(r"^\[\d+\] fork\(\) = \d+\n(?:.|\n)*\] nanosleep\(0x[0-9a-f]+, \w+\) = 0\n(?:.|\n)*waitpid(?:.|\n)*^3\n\$ ", limit)
        machine.type_serial("strace -f signals-elf | grep NO; strace pipes-elf >/dev/null; echo ready\n")  # with all that can be wrong
        machine.wait_for(r"\+\+\+ exited with status 0 \+\+\+\n(?:.|\n)*\+\+\+ exited with status 0 \+\+\+\nready\n", limit)
