"""What was built: small, for an i386 without extras, and bootable."""

import re
import shlex
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from boots import KERNEL, LIMIT, PROGRAMS, ROOT
from elf_files import EXECUTE, WRITE
from machine import Qemu, grub, inner_make
from machine.symbols import CROSS, place_in_file, segments
from mutants import symbol

ISO = ROOT / "build/trapgate.iso"

# What a processor of 1989 lacks, or what the kernel does not save before chapter 17: conditional moves (of the P6), MMX
# and SSE, and the floating-point unit. The first letters of objdump's mnemonics.
FORBIDDEN = re.compile(
    r"^(cmov|f(add|bld|bst|chs|com|ild|ist|ld|mul|st|sub|div|xch|init|wait|n|cos|sin)"
    r"|mov(aps|ups|apd|upd|dqa|dqu|ss|sd$|q$|d$|nt)|xorps|pxor|p(add|sub|mul|cmpeq|and|or)\w|cvt|emms)"
)


def instructions(elf) -> set:
    listing = subprocess.run(
        [f"{CROSS}objdump", "-d", "--no-show-raw-insn", "-M", "intel", elf],
        stdout=subprocess.PIPE, check=True, text=True, timeout=120,
    ).stdout  # fmt: skip
    return set(re.findall(r"^ *[0-9a-f]+:\t(?:(?:rep\w*|lock|data16) )*(\w+)", listing, re.MULTILINE))


def test_the_check_itself_knows_what_is_forbidden(tmp_path):
    source = tmp_path / "forbidden.s"
    source.write_text("cmove %eax, %ebx\nfld1\nfninit\nmovaps %xmm0, %xmm1\npaddd %mm0, %mm1\nmovd %eax, %mm0\n")
    subprocess.run([f"{CROSS}gcc", "-c", source, "-o", tmp_path / "forbidden.o"], check=True, timeout=60)
    found = instructions(tmp_path / "forbidden.o")
    assert len(found) == 6 and all(FORBIDDEN.match(one) for one in found), found


@pytest.mark.parametrize(
    "elf",
    [KERNEL] + sorted(file for ending in ("elf", "flat") for file in PROGRAMS.glob(f"**/*.{ending}")),
    ids=lambda file: file.name,
)
def test_general_registers_of_an_i486_only(elf):
    found = {one for one in instructions(elf) if FORBIDDEN.match(one)}
    if elf.name.startswith("floating-point"):
        assert found
    else:
        assert found == ({"fninit", "fnsave"} if elf == KERNEL else set())


def test_every_variable_has_a_name_in_the_reports():
    """Inline variables and vtables among them, of which nm says u, v or V."""
    for name in (b"exceptions::upper_layers", b"vtable for files::File"):
        assert b"\0" + name + b"\0" in KERNEL.read_bytes(), name  # of the table: elsewhere names are mangled


def test_stubs_push_an_error_code_where_the_processor_does_not():
    """Intel SDM Vol. 3A, table 6-1; 29 and 30: AMD64 APM Vol. 2, 8.2. Few of them can be made to happen in an emulator."""
    elf = KERNEL.read_bytes()
    stubs = struct.unpack_from("<256I", elf, place_in_file(KERNEL, symbol("interrupt_stubs")))
    push_zero = (b"\x6a\x00", b"\x68\x00\x00\x00\x00")
    without = {vector for vector, stub in enumerate(stubs) if not elf[place_in_file(KERNEL, stub) :].startswith(push_zero)}
    assert without == {8, 10, 11, 12, 13, 14, 17, 21, 29, 30}


@pytest.fixture
def bare(tmp_path):
    """An environment without compilers and GRUB: before `make setup`. Its PATH is one folder."""
    for tool in Path("/usr/bin").iterdir():
        if not re.search(r"g\+\+|gcc|grub", tool.name):
            (tmp_path / tool.name).symlink_to(tool)
    return {**{name: value for name, value in inner_make.environment().items() if name != "GRUB"}, "PATH": str(tmp_path)}


def said_by(command, environment):
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60)  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def test_make_complains_of_nothing_before_setup(bare):
    assert "  setup " in said_by(["make", "help"], bare)


@pytest.mark.parametrize("name", ("grub2", "i686-elf-grub"))
def test_grub_may_have_another_name(bare, name):
    Path(bare["PATH"], f"{name}-mkrescue").symlink_to("/bin/true")
    assert f"\nGRUB := {name}\n" in said_by(["make", "-pn", "help"], bare)
    assert said_by([sys.executable, "-c", "from machine import grub; print(grub.MKRESCUE)"], bare) == f"{name}-mkrescue\n"


def test_grubs_modules_are_where_setup_looks_for_them():
    [folder] = re.findall(r"^GRUB_FOLDER := (.*)", said_by(["make", "-pn", "help"], inner_make.environment()), re.MULTILINE)
    assert Path(folder) == grub.folder()


def test_the_kernel_is_a_multiboot_kernel():
    assert subprocess.run([grub.FILE, "--is-x86-multiboot", KERNEL], timeout=60).returncode == 0


@pytest.mark.parametrize("elf", [KERNEL] + sorted(PROGRAMS.glob("**/*.elf")), ids=lambda file: file.name)
def test_nothing_is_both_writable_and_executable(elf):
    assert segments(elf)
    assert not [one for one in segments(elf) if one.flags & WRITE and one.flags & EXECUTE]


def test_the_kernels_text_is_small():
    """It was to be 96 KiB with all chapters. Pipes, signals, the terminal and what real programs need, vfork among it,
    have taken it over that; a newer compiler adds some."""
    [text] = [one.size for one in segments(KERNEL) if one.flags & EXECUTE and one.linked >= 0xC0000000]
    assert text < 150 << 10


def test_the_iso_is_small():
    assert ISO.stat().st_size < 8 * (1 << 20)


def test_nothing_is_left_to_build():
    """A second `make` does nothing: `make -q` says so."""
    done = subprocess.run(["make", "-q", "all"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    assert done.returncode == 0, done.stdout.decode()


def test_the_command_of_the_readme_works_by_hand():
    """Just what a reader types; QEMU must leave by itself. isa-debug-exit makes (0 << 1) | 1 of the status 0."""
    command = (
        'qemu-system-i386 -kernel build/kernel.elf -initrd "build/programs/hello.bin" -append "poweroff" '
        "-serial stdio -display none -device isa-debug-exit,iobase=0xf4,iosize=4"
    )
    done = subprocess.run(
        shlex.split(command), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=LIMIT[Qemu]
    )
    assert done.returncode == 1
    output = done.stdout.decode().replace("\r", "")
    assert "Hello from privilege level 3!\n" in output
    assert output.endswith("[info ] process 1 (hello.bin): exited with status 0\n[info ] power: off\n")


@pytest.mark.parametrize(
    "words",
    ["qemu CHAPTER=3 MUTATION=x", "run CHAPTER=1 PROGRAMS=hello", "qemu LINUX=1 PROGRAMS=hello", "rewind CHAPTER=11", "debug LINUX=1"],
)
def test_no_word_that_says_what_to_boot_is_ignored(words):
    done = subprocess.run(["make", "-n", *words.split()], cwd=ROOT, env=inner_make.environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 2 and re.search("takes no (CHAPTER|LINUX)|at a time", done.stdout), done.stdout
