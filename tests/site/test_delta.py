"""The differences of which mutated machines are made: what docs/site/machine/delta.py writes, delta.js reads."""

import random
import subprocess

import pytest

from browsing import ROOT
from delta import delta

PATCH = 'const fs = require("fs"); const [js, old, delta, out] = process.argv.slice(1); fs.writeFileSync(out, require(js)(fs.readFileSync(old), fs.readFileSync(delta)));'


def patched(folder, old, difference):
    (folder / "old").write_bytes(old)
    (folder / "delta").write_bytes(difference)
    command = ["node", "-e", PATCH, ROOT / "docs/site/machine/delta.js", folder / "old", folder / "delta", folder / "new"]
    subprocess.run(command, stderr=subprocess.PIPE, check=True, timeout=60)
    return (folder / "new").read_bytes()


def test_delta_of_another_base_is_refused(tmp_path):
    with pytest.raises(subprocess.CalledProcessError) as error:
        patched(tmp_path, bytes(1) + OLD[1:], delta(OLD, OLD))
    assert "its parts are of two builds of the site; load the page anew" in error.value.stderr.decode()


def made(size):
    return random.Random(size).randbytes(size)


OLD = made(20_000)
KINDS = {
    "the same": OLD,
    "nothing": b"",
    "a few bytes": b"abc",
    "moved by an odd number": made(37) + OLD,
    "cut": OLD[:7000] + OLD[9001:],
    "turned round": OLD[10_000:] + OLD[:10_000],
    "one byte in twenty changed": bytes(byte ^ (number % 20 == 0) for number, byte in enumerate(OLD)),
    "something else": made(5000),
    "longer": OLD + bytes(5000) + OLD,
}


@pytest.mark.parametrize("new", KINDS.values(), ids=KINDS)
def test_delta_makes_the_new_of_the_old(new, tmp_path):
    assert patched(tmp_path, OLD, delta(OLD, new)) == new


def test_what_has_moved_is_small():
    rest = delta(OLD, made(40) + OLD)[-len(OLD) :]
    assert rest.count(0) > 0.99 * len(OLD)
