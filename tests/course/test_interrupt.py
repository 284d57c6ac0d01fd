"""Ctrl-C while several threads judge: all of them end soon, and nothing is printed but what was."""

import signal
import subprocess
import sys
import time

import pytest
from boots import default_signals
from course.document import ROOT
from readers import environment

SETTING = """
import sys, threading, time
from pathlib import Path
from types import SimpleNamespace
from course import commands, judged_boot, prove, sandbox, teachers, verdict
from machine import End, Ending

class Grader:
    def __init__(self, *_, **__): pass
    def reference_seconds(self): return {}

class Machine:  # whose kernel says nothing
    serial, end = "", None
    def __init__(self, **_): self.dead = threading.Event()
    def __enter__(self): print("begun", flush=True)
    def kill(self): self.dead.set()
    def wait_until(self, *_, **__):
        self.dead.wait(60)
        return End(Ending.EMULATOR_DIED, killed=True)
    def close(self): pass

exercises = [SimpleNamespace(number=f"1.{number}", exercise=SimpleNamespace(number="1.1"), name="x", texts={}) for number in range(50)]
tell = lambda *_: print("told", flush=True)

def waits(*_):
    print("begun", flush=True)
    return sandbox.run(["sleep", "60"], Path("/"), 100)

def boots(*_):
    judged_boot.Qemu, judged_boot.layout = Machine, lambda _: None
    while True:  # as a grader does that tries once more
        boot = judged_boot.Boot("grub", Path("/"), judged_boot.Plan(), judged_boot.Draw(), [0])
        try:
            boot.run(60)
        finally:
            boot.close()

def judge(how):
    teachers.judge_all(None, Path("/"), exercises, {"ann": how}, tell, None)

def trials(how):
    prove.Judge = lambda *_: SimpleNamespace(judge=how)
    prove.put_together = lambda *_: None
    prove.prove(exercises, [], SimpleNamespace(folder=Path("/nowhere/at/all")), time.monotonic() + 999, print)

def in_a_pool(how):
    from concurrent.futures import ThreadPoolExecutor
    list(ThreadPoolExecutor().map(how, range(2)))

teachers.Grader = prove.Grader = Grader
commands.FOR_READERS["exercises"] = lambda *_: WHAT
sys.exit(commands.main(Path("/nowhere"), ["exercises"]))
"""


@pytest.mark.parametrize("what", [f"{all_of_them}({how})" for all_of_them in ("judge", "trials", "in_a_pool")
                                  for how in ("waits", "boots")])
@pytest.mark.parametrize("times", (1, 3))
def test_it_ends_soon(what, times):
    process = subprocess.Popen([sys.executable, "-c", SETTING.replace("WHAT", what)], cwd=ROOT, env={
        **environment(), "PYTHONPATH": ":".join(str(ROOT / one) for one in ("iso", "docs", "tests"))}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=default_signals, start_new_session=True)
    try:
        said = process.stdout.readline()
        for _ in range(times):
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
        said += process.communicate(timeout=20)[0]
    finally:
        process.kill()
    assert not said.replace("begun", "").strip() and process.returncode in (130, -signal.SIGINT), said
