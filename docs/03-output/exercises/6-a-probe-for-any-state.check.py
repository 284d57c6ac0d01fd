"""The probe gave the right answer in each state, and for the machine's own UART."""

import re

from course.checks import need


def check_the_probe(boot):
    wrong = re.search(r"^probe (finds none|finds one|sends|leaves): (.*?)\r?$", boot.serial, re.MULTILINE)
    need(wrong is None, f"probe: {wrong[1] if wrong else ''}", {
        "finds none": "the probe to find the UART", "finds one": "the probe to find none", "sends": "nothing to go out",
        "leaves": "the latch closed and the queues on when it has returned",
    }.get(wrong[1] if wrong else "", ""), f"it {wrong[1]} ({wrong[2]})" if wrong else "")
    need(bool(re.search(rf"^right {boot.numbers[1]}\r?$", boot.serial, re.MULTILINE)), "probe: not called",
         "the grader's main function to call the probe in every state", "it did not")
