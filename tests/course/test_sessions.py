"""The sessions that are printed in chapters: what is started for one ends with it."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from machine.host import ending_with_us

LIMIT = 300  # seconds
SESSION = "from course import sessions; sessions.gdb_session('CHAPTER=6', ['continue'])"  # which comes to no end


def below(pid: int) -> list:
    """The processes that it has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(ending_with_us([]) == [], reason="there is no setpriv here, which asks the system to end QEMU with us")
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="this Python can't wait for the end of another's child")
def test_a_session_that_is_killed_leaves_no_machine():
    with subprocess.Popen([sys.executable, "-c", SESSION], stdout=subprocess.DEVNULL) as session:
        while len(below(session.pid)) < 2:  # QEMU, and then what reads its serial line, which is there once QEMU listens
            assert session.poll() is None
            time.sleep(0.02)
        machines = [os.pidfd_open(child) for child in below(session.pid)]
        session.send_signal(signal.SIGKILL)
    for machine in machines:
        assert select.select([machine], [], [], LIMIT)[0], "it goes on"
        os.close(machine)
