#!/usr/bin/python3
"""The catalogue of mistakes, built and booted: `make test-mutations`, `make mutations`, `make qemu MUTATION=iret-rpl-0`.

Each mutation of tests/mutations is put into a copy of the tree, which is built and booted; then the symptom must be the one
that is stated, and the diagnosis must name the cause. Ends with a table and a line of counts.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shlex
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import List

from course import catalogue_of_mistakes as catalogue
from course import locks, selection
from course.catalogue_of_mistakes import EMULATORS, Mutation, MutationError
from machine import MachineError

from . import booting, building


@dataclass
class Result:
    mutation: Mutation
    emulator: str
    seen: booting.Seen
    problems: List[str]  # none: passed
    seconds: float

    @property
    def name(self) -> str:
        return self.mutation.id + (f" ({self.emulator})" if self.emulator != "qemu" else "")


def check(mutation: Mutation, keep: bool) -> List[Result]:
    """Builds the mutation and boots it wherever it is to be seen."""
    with locks.removable(building.MUTATED / mutation.id):
        return check_in(building.MUTATED / mutation.id, mutation, keep)


def check_in(tree: Path, mutation: Mutation, keep: bool) -> List[Result]:
    results = []
    try:
        start = time.monotonic()
        building.kernel_tree(mutation, tree)
        built, said = building.build(tree, building.targets_of(mutation))
        for emulator in EMULATORS[mutation.emulator]:
            seen = booting.look(mutation, emulator, tree) if built else booting.Seen("does-not-build", said)
            results.append(Result(mutation, emulator, seen, judge(mutation, seen, tree), time.monotonic() - start))
            start = time.monotonic()
    except (MachineError, MutationError, OSError, subprocess.TimeoutExpired) as error:
        results.append(Result(mutation, "error", booting.Seen("error", ""), [str(error)], 0))
    finally:
        if not keep:
            shutil.rmtree(tree, ignore_errors=True)
    return results


# What the kernel's own reports conclude, beyond what they have seen: the words, and the mistakes that these name.
CLAIMS = {
    "comes as this vector until the interrupt controllers are remapped": ("pic-not-remapped",),
    "an INT instruction did, and the gate's DPL let it": ("gate-dpl-3",),
    "as if loaded before": ("tss-loaded-twice", "tss-busy"),
}
EXACTLY, PARTLY, WRONGLY, NOT = "exactly", "partly", "wrongly", "not"
BEST_FIRST = (EXACTLY, PARTLY, NOT)


def explained(mutation: Mutation, seen: booting.Seen) -> str:
    """How well. Exactly: the one mistake that was named is this. Partly: it is one of several, or none was named, but what
    had to be seen was told. Wrongly: others were named."""
    words = " ".join(seen.words.split())
    named = {*seen.named, *(name for claim, names in CLAIMS.items() if claim in words for name in names)}
    if named and mutation.likely not in named:
        return WRONGLY
    if named:
        return EXACTLY if len(named) == 1 else PARTLY
    return PARTLY if mutation.says or mutation.cause else NOT


def judge(mutation: Mutation, seen: booting.Seen, tree: Path) -> List[str]:
    """What is not as the mutation says, in sentences."""
    problems = []
    if seen.symptom not in (mutation.symptom, *mutation.or_symptom.split()):
        problems.append(f"the symptom is {seen.symptom}, not {mutation.symptom}")
    if mutation.cause and seen.cause != mutation.cause:
        problems.append(f"the cause is said to be {seen.cause or 'unknown'}, not {mutation.cause}")
    how, least = explained(mutation, seen), mutation.explained or EXACTLY
    if how == WRONGLY:
        problems.append(f"the likely mistake is said to be {' or '.join(seen.named) or 'another'}, and is {mutation.likely or 'none of those'}")
    elif mutation.likely and BEST_FIRST.index(how) > BEST_FIRST.index(least):
        problems.append(f"it is explained {how}, not {least}: {mutation.likely} is not named{' alone' if seen.named else ''}")
    words = " ".join(seen.words.split())
    problems += [f"the diagnosis does not say: {pattern}" for pattern in mutation.says if not re.search(pattern, words)]
    if seen.symptom != "does-not-build":  # there the words are the compiler's
        problems += [f"{len(line)} columns: {line}" for line in seen.words.splitlines() if line.startswith("    ") and len(line) > 80]
    if problems:
        problems.append(f"the diagnosis:\n{seen.words.strip()}")
    if mutation.caught_by and not problems:
        failed, said = building.test_fails(mutation, tree)
        if not failed:
            problems.append(f"the test did not notice it: {mutation.caught_by}\n{said}")
    return problems


def print_table(results: List[Result]) -> None:
    rows = [("mutation", "seen", "cause", "likely mistake", "explained", "verdict")]
    for result in results:
        verdict = "FAILED" if result.problems else "passed"
        seen, mutation = result.seen, result.mutation
        named = " or ".join(seen.named)
        rows.append((result.name, seen.symptom, seen.cause, named, explained(mutation, seen), verdict))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def how_many(results: List[Result]) -> Counter:
    """How many are explained how well, of those that are as they should be."""
    return Counter(explained(result.mutation, result.seen) for result in results if not result.problems)


def write_junit(results: List[Result], file: Path) -> None:
    suite = ElementTree.Element("testsuite", name="mutations")
    for result in results:
        case = ElementTree.SubElement(suite, "testcase", name=result.name, time=f"{result.seconds:.2f}")
        if result.problems:
            ElementTree.SubElement(case, "failure").text = "\n".join(result.problems)
    ElementTree.ElementTree(suite).write(file)


def test(arguments: argparse.Namespace) -> int:
    chosen = catalogue.load()
    if arguments.only:
        chosen = [catalogue.find(name) for name in arguments.only.split(",")]
    elif arguments.tenth:
        chosen = selection.tenth(catalogue.ROOT, chosen)
    results: List[Result] = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for found in pool.map(lambda mutation: check(mutation, arguments.keep), chosen):
            results += found
            for result in found:
                print(f"{'FAILED' if result.problems else 'ok':<7}{result.name} ({result.seconds:.0f} s)", flush=True)
                if arguments.show:
                    print(f"=== {result.name}: {result.mutation.title}\n{result.seen.words.strip()}\n", flush=True)
                for problem in result.problems:
                    print(f"{result.name} ({result.mutation.place}): {problem}\n", flush=True)
    print_table(results)
    if arguments.junit:
        write_junit(results, arguments.junit)
    failed = sum(bool(result.problems) for result in results)
    counts = how_many(results)
    print(f"explained {EXACTLY}: {counts[EXACTLY]}, explained {PARTLY}: {counts[PARTLY]}; nothing seen that explains it: {counts[NOT]}")
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


def show_list(_: argparse.Namespace) -> int:
    found = sorted(catalogue.load(), key=lambda mutation: mutation.chapter)
    width = max(len(mutation.id) for mutation in found)
    columns = shutil.get_terminal_size((80, 24)).columns
    for chapter, group in itertools.groupby(found, key=lambda mutation: mutation.chapter):
        print(f"Chapter {chapter}")
        for mutation in group:
            print(textwrap.fill(mutation.title, columns - 1, initial_indent=f"  {mutation.id:{width}}  ",
                                subsequent_indent=" " * (width + 4)))
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Builds one mutation and hands it on, as `make run`, `make qemu` and `make rewind` do with the kernel as it is."""
    mutation = catalogue.find(arguments.id)
    with locks.removable(building.MUTATED / mutation.id) as lock:
        return run_in(building.MUTATED / mutation.id, mutation, arguments, lock)


def run_in(tree: Path, mutation: Mutation, arguments: argparse.Namespace, lock: int) -> int:
    print(f"-- {mutation.id} (chapter {mutation.chapter}), built in {tree.relative_to(catalogue.ROOT)}", flush=True)
    theirs = building.written_by_a_reader(mutation)
    if theirs:
        print(f"-- with the course's own version of {', '.join(theirs)}: yours has an exercise in it", flush=True)
    building.kernel_tree(mutation, tree)
    built, said = building.build(tree, building.targets_of(mutation))
    print(said, end="", flush=True)
    if not built:
        return 1
    os.chdir(catalogue.ROOT)
    if arguments.on == "rewind":
        os.set_inheritable(lock, True)
        os.execv(sys.executable, [sys.executable, *rewind_command(mutation, tree), *arguments.options])
    signal.signal(signal.SIGINT, lambda *_: None)  # it is for the machine's program; after that the last word is ours
    code = subprocess.run([sys.executable, *run_command(mutation, tree, arguments.on), *arguments.options]).returncode
    for words in (f"the mistake: {mutation.title} (chapter {mutation.chapter})", f"a right kernel: {what_is_right(mutation)}"):
        print(textwrap.fill(f"-- {words}", 79, subsequent_indent="   ", break_on_hyphens=False))
    return code


def what_is_right(mutation: Mutation) -> str:
    """What is to be seen without the mistake: in the catalogue's words, or by booting the kernel as it is."""
    if mutation.harmless:
        return f"shows the same: {mutation.harmless}"
    if mutation.right:
        return mutation.right + (f" (noticed by the test {mutation.caught_by})" if mutation.caught_by else "")
    try:
        return booting.shown_without(mutation)
    except MachineError:
        return "its boot did not come to its end here"


def run_command(mutation: Mutation, tree: Path, emulator: str) -> List[str]:
    machine = booting.machine_of(mutation, emulator, tree)
    words = ["-m", "machine.run", emulator, "--symbols", str(tree / "build/kernel.elf")]
    if machine.iso:
        return [*words, "--iso", str(machine.iso)]
    words += ["--kernel", str(machine.kernel), "--append", mutation.append]
    for module in machine.modules:
        words += ["--module", f"{shlex.quote(str(module.path))} {module.string.partition(' ')[2]}".strip()]
    return words


def rewind_command(mutation: Mutation, tree: Path) -> List[str]:
    programs = [str(tree / "build/programs" / building.program_of(words)) for words in mutation.modules]
    return ["-m", "machine.rewind", "--kernel", str(tree / "build/kernel.elf"), *programs]


def main() -> int:
    parser = argparse.ArgumentParser(prog="mutations", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="id, chapter and title of each").set_defaults(act=show_list)
    one = commands.add_parser("run", help="boot one, for a human")
    one.add_argument("on", choices=("bochs", "qemu", "rewind"))
    one.add_argument("id")
    one.add_argument("options", nargs="*", help="more words for machine.run or machine.rewind, after --")
    one.set_defaults(act=run)
    every = commands.add_parser("test", help="build and boot all, and check symptom and diagnosis")
    every.add_argument("--only", metavar="ID,ID", help="these")
    every.add_argument("--tenth", action="store_true", help="a tenth of the catalogue, another for each commit")
    every.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    every.add_argument("--junit", metavar="FILE", type=Path, help="write the results there too")
    every.add_argument("--show", action="store_true", help="print each diagnosis")
    every.add_argument("--keep", action="store_true", help="leave the mutated trees in build/mutations")
    every.set_defaults(act=test)
    arguments = parser.parse_args()
    try:
        status = arguments.act(arguments)
        sys.stdout.flush()
        return status
    except MutationError as error:
        print(f"mutations: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # `make mutations | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
