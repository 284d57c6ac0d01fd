"""The three objects of the grader's kernel were constructed once each, in the order of their priorities."""
import re

from checks import need


def check_objects(boot):
    first, second, third = boot.numbers[1:4]
    wanted = {"early": first, "middle": first ^ second, "late": first ^ second ^ third}
    found = {name: (int(value), int(place)) for name, value, place in
             re.findall(r"(early|middle|late) (\d+) at place (\d+)", boot.serial)}
    need(set(found) == set(wanted), "constructors: no answer", "the kernel to print what its objects hold",
         "it doesn't")
    places = [found[name][1] for name in wanted]
    need(any(places), "constructors: none", "the constructors of three global objects to have run",
         "none has: all three are full of zeros")
    missing = [name for name in wanted if found[name][1] == 0]
    need(not missing, "constructors: some missing", "the constructors of early, middle and late to have run",
         f"that of {' and '.join(missing)} has not")
    calls = re.search(r"(\d+) constructors have run", boot.serial)
    need(calls is not None and int(calls[1]) == 3, "constructors: twice", "three constructors to have run",
         f"{calls[1] if calls else 'some'} have")
    need(places == [1, 2, 3], "constructors: order", "the objects to be constructed in the order early, middle, late",
         "it was " + ", ".join(sorted(wanted, key=lambda name: found[name][1])))
    for name, value in wanted.items():
        need(found[name][0] == value, "constructors: value", f"the object {name} to hold {value}",
             f"it holds {found[name][0]}")
