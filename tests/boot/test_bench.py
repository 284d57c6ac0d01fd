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


def test_a_row_over_its_target_is_marked_and_counted(monkeypatch, capfd):
    """Each row costs as much as its target, but for two: of `fork` the least counts, of turns the mean. `getpid` has the mean over
    it alone, which does not count."""
    figures = {row: {"mean": row.target or 7, "min": row.target or 7} for row in bench.ROWS}
    dear, cheap, turns = (next(row for row in bench.ROWS if row.name == name) for name in ("fork", "getpid", "pipe-turns"))
    figures[dear] = {"mean": dear.target + 900, "min": dear.target + 123}
    figures[cheap]["mean"] += 1
    figures[turns]["mean"] += 45
    bench.print_instructions(figures)
    *rows, last = capfd.readouterr().out.splitlines()
    assert [line for line in rows if " over by " in line] == [
        f"{turns.meaning:52} {1345:9} {1300:9} {1300:9} over by 45",
        f"{dear.meaning:52} {dear.target + 900:9} {dear.target + 123:9} {dear.target:9} over by 123",
    ]
    count = sum(row.target is not None for row in bench.ROWS)
    assert last == f"2 of {count} targets are exceeded: they are goals, and do not fail this run"


@pytest.mark.parametrize("says, status", [("", 1), ("", 0), ("Trace 0: 0x7f [00000000/{kernel_main:08x}/00/ff]", 3)])
def test_a_profile_without_a_run_is_refused(tmp_path, monkeypatch, says, status):
    """1 is the status of a machine that was switched off as it should, and of much else."""
    qemu = tmp_path / "qemu"
    qemu.write_text(f"#!/bin/sh\necho '{says.format(kernel_main=bench.symbol(bench.KERNEL, 'kernel_main'))}'\nexit {status}\n")
    qemu.chmod(0o755)
    monkeypatch.setattr(bench.versions, "QEMU", str(qemu))
    with pytest.raises(SystemExit, match=f"ended with status {status}"):
        bench.print_profile("fork")


def test_a_bad_status_is_a_failure_though_every_operation_did_its_work(monkeypatch, capfd):
    output = "".join(f"bench: {row.name} {row.size} mean 1 min 1\n" for row in bench.OPERATIONS)
    monkeypatch.setattr(bench_linux, "results_here", lambda: (output, 1))
    assert not bench_linux.check_results()
    assert capfd.readouterr().out.splitlines()[-1] == f"{len(bench.OPERATIONS)} passed, 1 failed, 0 skipped"


def test_only_a_program_that_the_kernel_refuses_is_skipped(tmp_path, monkeypatch, capfd):
    """A file that is not there has not been tried."""
    monkeypatch.setattr(bench, "BENCH", tmp_path / "bench")
    with pytest.raises(FileNotFoundError):
        bench_linux.check_results()
    with pytest.raises(FileNotFoundError):
        on_this_machine([bench.BENCH])
    bench.BENCH.write_bytes(b"\x7fELF of another machine")
    bench.BENCH.chmod(0o755)
    assert bench_linux.check_results()
    assert capfd.readouterr().out.splitlines()[-1] == f"0 passed, 0 failed, {len(bench.OPERATIONS)} skipped"
    with pytest.raises(pytest.skip.Exception):
        on_this_machine([bench.BENCH])
