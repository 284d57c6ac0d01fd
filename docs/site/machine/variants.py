#!/usr/bin/python3
"""Builds what a page boots beside its chapter's own machine: the mistakes of the catalogue, and the kernels of predictions.

    variants.py OUT [NAME ...]      without names all of them; those whose parts have not changed are kept

OUT gets base.iso.gz and base.sym.gz (the kernel as it is, and the program hello); for each variant NAME.iso.gz and NAME.sym.gz,
the differences from these (delta.py), and NAME.json: what the page tells when it has seen how the machine ended. Of a mistake
that is what `make qemu MUTATION=NAME` prints, for it is booted there. A prediction is judged by the page's own boot.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List, Sequence

from course import catalogue_of_mistakes as catalogue
from course import exercise_file
from course.catalogue_of_mistakes import ROOT, Mutation
from course.exercise import Exercise
from course.judged_boot import Draw, modules_of, plan_of
from course.verdict import CannotJudge
from delta import delta
from media import write_named_symbols
from machine import MachineError
from machine.base import Module
from machine.minimal_iso import make_iso
from mutations import booting, building
from mutations.__main__ import what_is_right

PARTS = ("Makefile", "boot", "kernel", "linker", "programs", "iso/machine", "docs/course/judged_boot.py", "docs/site/machine/*.py", "tests/mutations/*.py")
DRAW = Draw(a=0x5EED, status=42, mark=0xC0DE)  # the course draws them for each boot; a page's machine is the same for all readers
KEPT, MADE = "kept", "made"
HINTS = ("level", "name", "pattern", "text")


class Variants:
    def __init__(self, out: Path, work: Path):
        self.out, self.work = out, work
        listed = subprocess.run(["git", "ls-files", *PARTS], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        contents = hashlib.sha256()
        for name in sorted(listed):
            contents.update(name.encode() + (ROOT / name).read_bytes())
        self.state = contents.hexdigest()  # what all variants are made from
        self.base: Dict[str, bytes] = {}

    def make_base(self) -> None:
        self.base = self.medium(ROOT / "build/kernel.elf", [Module(ROOT / "build/programs/hello.bin", "hello")], "poweroff")
        for kind, data in self.base.items():
            self.state += hashlib.sha256(data).hexdigest()  # another compiler makes another base of the same parts
            self.pack(f"base.{kind}", data)

    def medium(self, kernel: Path, modules: Sequence[Module], append: str) -> Dict[str, bytes]:
        """The ISO and the symbols that a machine needs."""
        with tempfile.TemporaryDirectory(prefix="iso-", dir=self.work) as name:
            folder = Path(name)
            make_iso(folder / "iso", folder / "files", kernel, modules, append)
            write_named_symbols(kernel, folder / "sym")
            return {kind: (folder / kind).read_bytes() for kind in ("iso", "sym")}

    def pack(self, name: str, data: bytes) -> None:
        (self.out / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))

    def finish(self, name: str, medium: Dict[str, bytes], told: dict) -> None:
        for kind, data in medium.items():
            self.pack(f"{name}.{kind}", delta(self.base[kind], data))
        (self.out / f"{name}.json").write_text(json.dumps(told, indent=1))

    # --- A mistake ---

    def make_mistake(self, mutation: Mutation) -> None:
        tree = self.work / mutation.id
        building.kernel_tree(mutation, tree)
        built, said = building.build(tree, building.targets_of(mutation))
        changes = [{"file": edit.file, "before": edit.before, "after": edit.after} for edit in mutation.edits]
        told = {"title": mutation.title, "chapter": mutation.chapter, "symptom": mutation.symptom, "changes": changes,
                "typed": mutation.type, "boots": built, "explanation": "", "right": ""}  # fmt: skip
        if built != (mutation.symptom != "does-not-build"):
            raise MachineError(f"{mutation.id} {'was built' if built else 'was not built'}:\n{said}")
        if not built:
            told["explanation"] = said.replace(f"{tree}/", "").strip()
            return self.finish(mutation.id, {}, told)
        seen = booting.look(mutation, "bochs" if mutation.emulator == "bochs" else "qemu", tree)
        told.update(explanation=seen.explanation, right=what_is_right(mutation))
        modules = [Module(tree / "build/programs" / building.program_of(words), words.rpartition("/")[2]) for words in mutation.modules]
        self.finish(mutation.id, self.medium(tree / "build/kernel.elf", modules, mutation.append), told)

    # --- A prediction ---

    def make_prediction(self, exercise: Exercise) -> None:
        tree = self.work / name_of(exercise)
        building.copy_to(tree)
        for file, text in exercise.start(lambda name: (ROOT / name).read_text(encoding="utf-8")).items():
            (tree / file).write_text(text, encoding="utf-8")
        built, said = building.build(tree, ["build/kernel.elf"])
        if not built:
            raise MachineError(f"the kernel of exercise {exercise.number} was not built:\n{said}")
        plan = plan_of(exercise)
        (tree / "modules").mkdir()
        modules = modules_of(plan, DRAW, tree, tree / "modules")
        told = {"title": exercise.title, "number": exercise.number, "answer": exercise.answer,
                "hints": [{key: getattr(hint, key) for key in HINTS} for hint in exercise.hints]}  # fmt: skip
        self.finish(name_of(exercise), self.medium(tree / "build/kernel.elf", modules, plan.append), told)

    # --- All ---

    def make(self, name: str, what: object) -> str:
        """"kept", "made", or why it could not be made."""
        key = self.out / f"{name}.key"
        made_of = what.mutation_edits() if isinstance(what, Exercise) else None  # a prediction may boot a mistake's kernel
        state = hashlib.sha256(f"{self.state}\n{what!r}\n{made_of!r}".encode()).hexdigest()
        if key.exists() and key.read_text() == state:
            return KEPT
        key.unlink(missing_ok=True)  # an end in the middle leaves files of two states
        try:
            self.make_mistake(what) if isinstance(what, Mutation) else self.make_prediction(what)
        except (MachineError, CannotJudge, OSError, subprocess.SubprocessError) as error:
            return f"{name}: {error}"
        finally:
            shutil.rmtree(self.work / name, ignore_errors=True)
        key.write_text(state)
        return MADE


def name_of(exercise: Exercise) -> str:
    return f"predict-{exercise.number}"


def predictions() -> List[Exercise]:
    return [one for one in exercise_file.load_all(ROOT) if one.kind == "predict"]


def all_variants() -> Dict[str, object]:
    return {**{one.id: one for one in catalogue.load()}, **{name_of(one): one for one in predictions()}}


def main(out: Path, names: List[str]) -> None:
    known = all_variants()
    chosen = {name: what for name, what in known.items() if not names or name in names}
    out.mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        if old.name.partition(".")[0] not in {"base", *(name.partition(".")[0] for name in known)}:
            old.unlink()
    building.MUTATED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="site-", dir=building.MUTATED) as work, ThreadPoolExecutor(os.cpu_count()) as pool:
        variants = Variants(out, Path(work))
        variants.make_base()
        made = list(pool.map(lambda item: variants.make(*item), chosen.items()))
    failed = [one for one in made if one not in (KEPT, MADE)]
    size = sum(file.stat().st_size for file in out.glob("*.gz"))
    print(f"  {len(made)} mistakes and predictions, {made.count(MADE)} of them made now: {size / 1e6:.1f} MB")
    if failed:
        sys.exit("variants: " + "\nvariants: ".join(failed))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
