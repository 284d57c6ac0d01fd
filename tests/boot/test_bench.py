"""What `make bench-linux` says: whether the operations of programs/bench do their work on this machine's Linux."""

import bench
import bench_linux
import pytest

from boots import on_this_machine


@pytest.fixture(scope="module")
def i386():
    on_this_machine([bench.BENCH, "getpid", "1"])


def test_every_operation_does_its_work(i386, capfd):
    assert bench_linux.check_results(), capfd.readouterr().out
    assert capfd.readouterr().out.splitlines()[-1] == f"{len(bench.OPERATIONS)} passed, 0 failed, 0 skipped"


def test_an_operation_that_does_not_is_found(i386, monkeypatch, capfd):
    """No program to execute, and so two operations that fail."""
    monkeypatch.setattr(bench_linux.shutil, "copy", lambda *_: None)
    assert not bench_linux.check_results()
    output = capfd.readouterr().out
    assert "bench: fork-exec 0: 300 checks failed\n" in output
    assert "bench: vfork-exec 0: 300 checks failed\n" in output
    assert output.splitlines()[-1] == f"{len(bench.OPERATIONS) - 2} passed, 2 failed, 0 skipped"


def test_what_is_recorded_of_other_kernels_are_operations_of_ours():
    recorded = bench_linux.peers()
    assert recorded.keys() <= {str(row) for row in bench.ROWS} and recorded
    assert {len(figures) for figures in recorded.values()} == {len(bench_linux.KERNELS)}
