#!/usr/bin/python3
"""Runs every test suite, shows what each prints, and ends with one line that counts them all: `make test`.
With the argument `site` or `linux` that suite alone, which `make test` leaves out: `make test-site`, `make test-linux`.

The unit tests and pytest write their results as JUnit XML, from which the counts are taken. A suite that ends without
such a file, or with a bad exit status that its counts do not explain, counts as one failure. What all suites so far come
to is in build/test-results/total: a run that is stopped has been counted as far as it went.
"""

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from course import locks

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build/test-results"
BEGIN = time.monotonic()


class Counts:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def keep(total):
    (RESULTS / "total").write_text(f"{total}\n")


def counts_of(junit_file):
    """One test case is one test; it is failed if any check in it failed, or if it could not run."""
    counts = Counts()
    for case in ElementTree.parse(junit_file).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            counts.failed += 1
        elif case.find("skipped") is not None:
            counts.skipped += 1
        else:
            counts.passed += 1
    return counts


def result_of(name):
    """The file into which a suite is to write its results."""
    return RESULTS / f"{name}.xml"


def run_junit_suite(name, command, may_skip_all=False):
    result = result_of(name)
    result.unlink(missing_ok=True)
    status = subprocess.run(command, cwd=ROOT).returncode
    try:
        counts = counts_of(result)
    except (OSError, ElementTree.ParseError) as error:
        print(f"{name}: no results: {error}")
        return Counts(failed=1)
    if status != 0 and counts.failed == 0:
        print(f"{name}: ended with status {status} although no test failed")
        counts.failed = 1
    if counts.passed == 0 and counts.failed == 0 and not (may_skip_all and counts.skipped):
        print(f"{name}: not one test ran")
        counts.failed = 1
    return counts


def run_unit_tests():
    program = ROOT / "build/unit-tests"
    status = subprocess.run([program], cwd=ROOT).returncode  # for the reader: what failed and where
    counts = run_junit_suite("unit", [program, "-r", "junit", "-o", result_of("unit")])
    if status != 0 and counts.failed == 0:
        print(f"unit: ended with status {status}, and did not when it was run once more to be counted")
        counts.failed = 1
    return counts


def run_corpora():
    """Each fuzz target's corpus is one test. What is built of a target that is no more does not count."""
    counts = Counts()
    for source in sorted((ROOT / "tests/fuzz").glob("*_fuzz.cpp")):
        target = source.name.removesuffix("_fuzz.cpp")
        try:
            replay = subprocess.run([ROOT / f"build/replay-{target}", ROOT / "tests/fuzz/corpus" / target], cwd=ROOT, text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            good, said = replay.returncode == 0, replay.stdout
        except OSError as error:
            good, said = False, error
        counts.add(Counts(passed=1) if good else Counts(failed=1))
        if not good:
            print(f"{target}: {said}")
    return counts


TWO_FILES_AT_ONCE = ("-n", "2", "--dist", "loadfile")


def run_pytest(name, *words, may_skip_all=False):
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={result_of(name)}", "-rs"]
    return run_junit_suite(name, [*pytest, *words], may_skip_all)


def run_boot_tests():
    return run_pytest("boot", *TWO_FILES_AT_ONCE, "tests/boot", "tests/machine", "tests/mutations")


def run_course_tests():
    return run_pytest("course", *TWO_FILES_AT_ONCE, "tests/course")


def run_mutations():
    """A tenth of the catalogue of mistakes, in rotation by the commit; `make test-mutations` boots all."""
    return run_junit_suite("mutations", [sys.executable, "-m", "mutations", "test", "--tenth", "--junit", result_of("mutations")])


# The tests of all graders take half an hour: those of two exercises in every run. With GRADERS=1200 also a tenth of all, in
# rotation by the commit, and those of the exercises that it has changed, as far as that number of seconds, counted from this
# run's beginning, allows.
SOME = ("11.4", "14.2")


def prove(*which):
    """The graders' own tests: what they print ends with their counts."""
    command = [sys.executable, "-m", "course.main", "prove", *which]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    last = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line if line.strip() else last
    found = re.fullmatch(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\n", last)
    counts = Counts(*(int(number or 0) for number in found.groups())) if found else Counts(failed=1)
    if process.wait() != 0 and counts.failed == 0:
        print("graders: a wrong solution was not caught, or nothing ran")
        counts.failed = 1
    return counts


def run_graders():
    counts = prove(*SOME)
    if counts.passed == 0 and counts.failed == 0:
        print(f"graders: nothing was proved of {' and '.join(SOME)}")
        counts.failed = 1
    until = int(os.environ.get("GRADERS") or 0)
    if until:
        counts.add(prove("--part", "--seconds", str(max(1, until - int(time.monotonic() - BEGIN)))))
    return counts


def run_site_tests():
    return run_pytest("site", "tests/site")


SUITES = (("unit tests", run_unit_tests), ("fuzz corpora", run_corpora), ("boot tests", run_boot_tests),
          ("mutations", run_mutations), ("course tests", run_course_tests), ("graders", run_graders))


def run_linux_tests():
    """Where the programs can't be fetched, each test is skipped and says why: no failure of the kernel."""
    return run_pytest("linux", *TWO_FILES_AT_ONCE, "tests/linux", may_skip_all=True)


# The argument: the suite, and what it needs that the others don't.
ALONE = {"site": (("site tests", run_site_tests), "what `make setup-site site` makes"),
         "linux": (("linux tests", run_linux_tests), "a distribution's programs, which it fetches")}  # fmt: skip


def main():
    locks.folder_until_end(RESULTS)
    total = Counts()
    keep(total)
    for name, run in [ALONE[argument][0] for argument in sys.argv[1:]] or SUITES:
        print(f"=== {name} ===", flush=True)
        counts = run()
        print(f"{name}: {counts}\n", flush=True)
        total.add(counts)
        keep(total)
    if not sys.argv[1:]:
        for argument, ((name, _), needs) in ALONE.items():
            print(f"{name}: skipped: `make test-{argument}` runs them; they need {needs}")
            total.skipped += 1
    keep(total)
    print(total)
    sys.exit(1 if total.failed or not (total.passed or total.skipped) else 0)


if __name__ == "__main__":
    main()
