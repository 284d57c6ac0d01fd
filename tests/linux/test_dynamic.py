"""Dynamically linked programs of a distribution do here what they do on this machine's Linux: dash, lua, tcc, and what tcc makes."""

import functools
from pathlib import Path

import pytest

from boots import BOCHS_ISO, QEMU_KERNEL
from linux import jobs

PATH = "PATH=/linux/bin:/bin:/usr/bin\n"
JOBS = {file.name: PATH + file.read_text() for file in sorted((Path(__file__).parent / "dynamic").glob("*.sh"))}


@functools.lru_cache(maxsize=None)
def files():
    return jobs.files_of(JOBS, jobs.fetched() / "root")


@functools.lru_cache(maxsize=None)
def here(place):
    return jobs.here(place, JOBS, files(), f"dynamic-{place}.log")


@functools.lru_cache(maxsize=None)
def on_the_host():
    return jobs.on_the_host(JOBS, files())


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("job", JOBS)
def test_does_what_it_does_on_linux(place, job):
    jobs.fetched()
    assert here(place)[job] == on_the_host()[job]
