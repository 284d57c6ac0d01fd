"""README.md tells the truth: the commands and files that it names are there."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_every_command_is_a_target():
    help_text = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=60
    ).stdout
    targets = set(re.findall(r"^  ([\w-]+) ", help_text, re.MULTILINE))
    named = set()
    for words in re.findall(r"(?:`|^    )make((?: (?! )[\w=-]+)*)", README, re.MULTILINE):
        named.update(word for word in words.split() if "=" not in word)
    assert {"setup", "run", "test", "doctor"} <= named
    assert named <= targets, f"README.md names targets that `make help` does not list: {named - targets}"


def test_every_file_is_there():
    named = re.findall(r"`((?:boot|kernel|programs|linker|iso|tests|docs)/[\w./-]*)`", README)
    named += re.findall(r"\]\(([\w./-]+)\)", README)
    folder = ""
    house = README.partition("## The house")[2].partition("## Commands")[0]
    for indent, name in re.findall(r"^    ( *)(\S+)  ", house, re.MULTILINE):
        folder = folder if indent else name
        named.append(folder + name if indent else name)
    assert len(named) > 15
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing, f"README.md names what is not there: {missing}"
