"""The timer's rate, measured against the processor: with -icount each instruction takes a nanosecond of the machine's time,
and the time-stamp counter counts them."""

from boots import NEXT_TICK, QEMU_KERNEL, assembled, run

TICK = 10_000_000  # nanoseconds: a hundredth of a second


def test_the_clock_ticks_as_often_as_it_should(tmp_path):
    program = assembled(
        tmp_path,
        f"""
            call next_tick
            rdtsc
            mov esi, eax
            call next_tick
            rdtsc
            sub eax, esi
            mov ebx, 1                  ; exit status
            cmp eax, {TICK - TICK // 1000}
            jb .end
            cmp eax, {TICK + TICK // 1000}
            ja .end
            mov ebx, 0
        .end:
            mov eax, 1                  ; exit
            int SYSTEM_CALL_VECTOR
        {NEXT_TICK}
        """,
    )
    end = run(QEMU_KERNEL, [program], cpu="qemu32", icount=0)["program.bin"].end
    assert end == "exited with status 0", "a tick is not a hundredth of a second"
