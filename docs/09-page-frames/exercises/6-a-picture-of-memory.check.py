"""The picture was right at each step."""

import re

from course.checks import need

STEPS = 40


def check_the_pictures(boot):
    console = boot.serial.replace("\r", "")
    wrong = re.search(r"^step (\d+): (wrong\n\|(.*)\|\n\|(.*)\||outside)$", console, re.MULTILINE)
    if wrong and wrong[2] == "outside":
        need(False, "picture: outside", "nothing but the row to be written", f"step {wrong[1]} writes outside of it")
    if wrong:
        place = next((i for i, (have, want) in enumerate(zip(wrong[3], wrong[4])) if have != want), 0)
        need(False, f"picture: step {wrong[1]}", f"'{wrong[4][place]}' for the frames from {64 * place} on, at step {wrong[1]}",
             f"it is '{wrong[3][place]}'")
    steps = len(re.findall(r"^step \d+: right$", console, re.MULTILINE))
    need(steps == STEPS, "picture: not called", f"{STEPS} pictures", f"there are {steps}")
