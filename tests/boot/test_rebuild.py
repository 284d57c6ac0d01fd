"""What `make` builds again after a change that no file's time tells of: flags, sources and programs that are gone."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from boots import ROOT
from machine.symbols import symbols
from machine import inner_make

LINKED, COPIED = ("boot", "docs", "iso", "linker", "tests"), ("kernel", "programs")
ISO = "build/trapgate.iso"
STRANGER = 65534


@pytest.fixture
def tree(tmp_path):
    """A tree with all that is built, in which sources may be deleted."""
    shutil.copy2(ROOT / "Makefile", tmp_path)
    for name in LINKED:
        (tmp_path / name).symlink_to(ROOT / name)
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name)
    unused = shutil.ignore_patterns("host", "mutations", "exercises", "test-results", "fuzz*", "replay-*", "unit*", "rewind", "linux", "site*")
    shutil.copytree(ROOT / "build", tmp_path / "build", ignore=unused)
    return tmp_path


def is_current(tree, *words):
    done = subprocess.run(["make", "-q", *words], cwd=tree, env=inner_make.environment(), timeout=120,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode in (0, 1), done.stdout
    return done.returncode == 0


def test_a_copy_in_another_folder_is_current(tree):
    """The exercises' and mutations' trees are such copies."""
    assert is_current(tree, "all")


@pytest.mark.parametrize("target, flags", [
    ("build/libkernel.a", "TARGET_FLAGS=-O1"), ("build/libkernel.a", "CXX=another"), ("build/programs/hello-c.bin", "C_FLAGS=-std=c2x"),
    ("build/kernel.elf", "KERNEL_LINK=ld"), ("build/programs/hello.bin", "NASM=nasm -f elf32"), (ISO, "GRUB_MODULES=multiboot"),
    ("build/libkernel.a", "HOT=lib/memory_functions"), ("build/tests/soak/kernel.elf", "WRAPPED=another"), (ISO, "CHAPTER_TITLES=# 1. Another"),
    (ISO, "--what-if=iso/machine/chapters.py"), (ISO, "CHAPTER_MODULES="),
    ("build/libkernel.a", "COMPILER=another release"), ("build/programs/libc.a", "COMPILER=another release"),
])  # fmt: skip
def test_changed_flags_build_anew(tree, target, flags):
    assert is_current(tree, target)
    assert not is_current(tree, target, flags)


def test_another_compilers_machine_code_stays_in_a_handout(tree):
    """The sources there have holes in them."""
    (tree / "docs").unlink()
    (tree / "docs/course").mkdir(parents=True)
    (tree / "docs/course/handout").touch()
    assert is_current(tree, "build/libkernel.a", "COMPILER=another release")


def test_of_a_chapters_text_only_the_title_is_in_the_iso(tree):
    assert is_current(tree, ISO, "--what-if=docs/02-getting-to-cpp/README.md")


@pytest.mark.parametrize("target", ("build/programs/hello-c.bin", "build/programs/hello-c.elf"))
def test_a_program_is_not_taken_for_whole_before_its_symbols_are_in_it(tree, target):
    (tree / target).unlink()
    killed = subprocess.run(["make", target, "READ_SYMBOLS=kill -KILL $$PPID; sleep 10;"], cwd=tree, env=inner_make.environment(),
                            timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    assert not is_current(tree, target)


def test_warnings_that_become_errors_are_looked_for_again(tree):
    (tree / "build/werror").write_text("0\n")
    assert not is_current(tree, "build/libkernel.a", "WERROR=1")
    for kind in ("*.o", "*.a"):
        for file in (tree / "build").rglob(kind):
            file.touch()  # as if it had been built now
    assert is_current(tree, "build/libkernel.a", "WERROR=1")
    assert is_current(tree, "build/libkernel.a", "WERROR=0"), "what was built more strictly will do"
    assert not is_current(tree, "build/libkernel.a", "WERROR=1"), "something may have been built less strictly meanwhile"


@pytest.mark.parametrize("source, target", [
    ("kernel/memory/heap_check.cpp", "build/libkernel.a"), ("programs/libc/stdio.c", "build/programs/libc.a"),
    ("programs/hello.asm", ISO), ("programs/hello-cpp.cpp", ISO), ("programs/bin/uptime.c", "build/initrd.tar"),
])  # fmt: skip
def test_what_is_deleted_leaves_the_archive_and_the_iso(tree, source, target):
    assert is_current(tree, target)
    (tree / source).unlink()
    assert not is_current(tree, target)


def test_the_unit_tests_flags_tell_compiler_and_catch(tree):
    is_current(tree, "build/layout.inc", "HOST_COMPILER=another release")
    assert "another release" in (tree / "build/host.flags").read_text()
    is_current(tree, "build/layout.inc")
    assert re.search(r"\) \d+\.\d.*CATCH_VERSION_MAJOR \d", (tree / "build/host.flags").read_text())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of another user")
def test_flags_that_cannot_be_remembered_are_an_error(tree):
    """After one `sudo make` the folder is root's; its owner must not be told that nothing is to be done."""
    shutil.chown(tree, STRANGER)
    tree.chmod(0o755)

    def make(*words):
        return subprocess.run(["setpriv", "--reuid", str(STRANGER), "--clear-groups", "make", *words], cwd=tree, env=inner_make.environment(),
                              timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip

    done = make("build/libkernel.a", "TARGET_FLAGS=-O1")
    assert done.returncode == 2 and "build/kernel.flags can't be written" in done.stdout, done.stdout
    assert make("help", "TARGET_FLAGS=-O1").returncode == 0


def test_printing_what_would_be_done_changes_nothing(tree):
    subprocess.run(["make", "-n", "all", "TARGET_FLAGS=-O1"], cwd=tree, env=inner_make.environment(), timeout=120,
                   stdout=subprocess.DEVNULL, check=True)  # fmt: skip
    assert is_current(tree, "all")


# What compilers and the headers of their libraries call without being asked: the first four GCC (GCC manual, 2.1 Language
# Standards Supported by GCC), the others libstdc++ in std::char_traits, which algorithms on bytes use too.
LIBRARY_USER = """
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
using Bytes = std::span<const unsigned char>;
struct Large { std::array<int, 500> items; };
extern "C" {
void a(Large& to, const Large& from) { to = from; }
void b(Large& to) { to = {}; }
const unsigned char* c(Bytes bytes, unsigned char one) { return &*std::find(bytes.begin(), bytes.end(), one); }
const char* d(const char* begin, const char* end, char one) { return std::ranges::find(begin, end, one); }
std::size_t e(std::string_view text, char one) { return text.find(one) + text.rfind(one) + text.find_first_of("ab"); }
std::size_t f(std::string_view text, std::string_view other) { return text.find(other) + (text < other) + (text == other); }
std::size_t g(const char* text) { return std::string_view(text).size(); }
bool h(Bytes one, Bytes other) { return std::ranges::equal(one, other); }
bool i(Bytes one, Bytes other) { return std::ranges::lexicographical_compare(one, other); }
void j(std::span<char> to, std::string_view from) { std::ranges::copy(from, to.begin()); from.copy(to.data(), 9); }
void k(std::span<char> to, std::span<int> other) { std::ranges::fill(to, 'x'); std::ranges::fill(other, 0); }
void l(std::span<int> items) { std::copy_backward(items.begin(), items.end() - 1, items.end()); }
long m(Bytes bytes, unsigned char one) { return std::ranges::count(bytes, one); }
const unsigned char* n(Bytes bytes, Bytes other) { return &*std::ranges::search(bytes, other).begin(); }
std::size_t o(std::u16string_view text, char16_t one) { return text.find(one); }
}
"""


def test_all_functions_are_there_that_the_compiler_and_its_headers_call(tmp_path):
    (tmp_path / "user.cpp").write_text(LIBRARY_USER)
    command = (ROOT / "build/kernel.flags").read_text().partition(" nasm ")[0].split()
    flags = [f"-I{ROOT}/{word[2:]}" if word.startswith("-I") else word for word in command if word != "-Wframe-larger-than=1024"]
    done = subprocess.run([*flags, "-w", "-c", tmp_path / "user.cpp", "-o", tmp_path / "user.o"], timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout
    called = {one.name for one in symbols(tmp_path / "user.o") if one.is_foreign}
    assert {"memcmp", "strlen", "memchr"} <= called
    ours = {one.name for one in symbols(ROOT / "build/kernel/lib/memory_functions.cpp.o") if not one.is_foreign}
    assert called - ours <= {"__stack_chk_fail", "__stack_chk_guard"}


@pytest.mark.parametrize("file", (
    "build/kernel/cpu/gdt.cpp.o", "build/programs/hello.asm.o", "build/programs/hello-c.flat",
    "build/flat.ld", "build/elf.ld", "build/programs/libc/start.asm.o",  # of many programs: made again for one, it is newer than the rest
))  # fmt: skip
def test_what_is_deleted_of_the_build_is_made_again(tree, file):
    assert is_current(tree, "all")
    (tree / file).unlink()
    assert not is_current(tree, "all")
