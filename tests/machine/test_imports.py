"""Which Python file imports which: no circles, and nothing knows what lies above it."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FOLDERS = ("iso", "docs", "tests")  # as conftest.py has them: where packages are found
TOP_LEVEL = ("tests/boot", "tests/course", "tests/machine")  # folders of tests, whose files are imported by their own names


def modules():
    """All Python files of the project that others could import, by their modules' names."""
    found = {}
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            parts = file.relative_to(ROOT / folder).with_suffix("").parts
            if not all(part.isidentifier() for part in parts):
                continue  # a check beside an exercise, which is run and not imported
            name = parts[-1] if file.parent.relative_to(ROOT).as_posix() in TOP_LEVEL else ".".join(parts)
            found[name.removesuffix(".__init__")] = file
    return found


def imported_by(name, file, known):
    """The modules that a file imports, anywhere in it: `from .base import End` means base, `from . import base` too."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - (node.level - 1)] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                yield from (one for one in [inner if inner in known else origin] if one in known)


def graph():
    known = modules()
    return {name: set(imported_by(name, file, known)) for name, file in known.items()}


def reachable(edges, name):
    found, rest = set(), [name]
    while rest:
        for other in edges[rest.pop()] - found:
            found.add(other)
            rest.append(other)
    return found


def circles(edges):
    """Sets of modules of which each needs, in the end, each other one."""
    reach = {name: reachable(edges, name) for name in edges}
    return {frozenset(other for other in reach[name] if name in reach[other]) for name in edges if name in reach[name]}


def test_no_module_needs_itself():
    assert circles(graph()) == set()


def test_pytest_needs_not_be_told_where_packages_are():
    """Its `pythonpath` is new in 7; Ubuntu 22.04 has 6.2."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", "-o", "pythonpath=",
                           "tests/linux/test_screen.py", "tests/course/test_interrupt.py"], cwd=ROOT, env=environment, timeout=60,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_imports_inside_functions_are_seen(tmp_path):
    (tmp_path / "b.py").write_text("def f():\n    from .c.d import e\n    from . import g\n")
    known = {"a.b": None, "a.c.d": None, "a.c.d.e": None, "a.g": None}
    assert set(imported_by("a.b", tmp_path / "b.py", known)) == {"a.c.d.e", "a.g"}


def layer_of(file):
    """The site is made of all three, and is above them."""
    parts = file.relative_to(ROOT).parts
    return len(FOLDERS) if parts[:2] == ("docs", "site") else FOLDERS.index(parts[0])


def test_the_machine_knows_nothing_of_the_course_nor_the_course_of_the_tests_nor_all_of_the_site():
    layer = {name: layer_of(file) for name, file in modules().items()}
    upwards = [(name, other) for name, others in graph().items() for other in others if layer[other] > layer[name]]
    assert upwards == []


def test_nothing_reaches_into_anothers_private_parts():
    """`other._name` outside of the tests, and `from .other import _name` anywhere."""
    found = []
    for file in modules().values():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                found += [f"{file.name}: {alias.name}" for alias in node.names if alias.name[0] == "_"]
            elif isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr) and file.relative_to(ROOT).parts[0] != "tests":
                if not isinstance(node.value, ast.Name) or node.value.id not in ("self", "cls"):
                    if not (isinstance(node.value, ast.Call) and ast.unparse(node.value) == "super()"):
                        found.append(f"{file.name}:{node.lineno}: {ast.unparse(node)}")
    assert found == []
