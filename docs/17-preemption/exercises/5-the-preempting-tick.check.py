# What exercise 17.5 asks for besides the programs' ends: while the only program runs, its turn is not over.
from course.checks import Failed, need, symbol


def number(boot, name, size, unused):
    """The variable's value. One that is not used is not in the kernel."""
    try:
        return int.from_bytes(boot.virtual(symbol(boot, name), size), "little")
    except KeyError:
        raise Failed(unused, f"{name} to be used", "it is not") from None


def check_that_a_new_turn_has_begun(boot):
    need(number(boot, "kernel::timer::turn_is_over", 1, "turn: still over") == 0, "turn: still over",
         "a new turn to have begun when a program runs after a tick",
         "turn_is_over is still true: the next interrupt, of whatever device, ends the turn")


def check_that_ticks_are_noted(boot):
    last = number(boot, "kernel::timer::last_tick", 4, "turn: tick not noted")
    count = number(boot, "kernel::pit::tick_count", 4, "ticks: none")
    need(last == count, "turn: tick not noted", f"last_tick to be {count}, as many as have come", f"it is {last}")
