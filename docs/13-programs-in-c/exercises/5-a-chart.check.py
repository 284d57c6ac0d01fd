"""The charts, line by line."""

import re

from course.checks import need

WIDTH = 40
CHARTS = ("apples=12 pears=3 figs=0", "a=0 longer=0", "small=24999 x=1000000 half=500000 less=499999",
          "no-number x=7 y= =5 z=3q w=-1 p=1=2 q=+4 late=0 a=6",
          " ".join(f"n{number}={number}" for number in range(1, 61)), "")


def lines_of(arguments):
    right = [one.partition("=") for one in arguments.split() if re.fullmatch(r"[^=]+=\d+", one)]
    for one in arguments.split():
        if not re.fullmatch(r"[^=]+=\d+", one):
            yield f"chart: {one} is not NAME=NUMBER"
    width = max((len(name) for name, _, _ in right), default=0)
    most = max((int(number) for _, _, number in right), default=0)
    for name, _, number in right:
        yield f"{name:<{width}} |{'#' * (int(number) * WIDTH // max(most, 1))} {number}"


def check_the_charts(boot):
    parts = re.findall(r"process \d+ \(chart\): started.*?\n(.*?)\[info \] process \d+ \(chart\)", boot.serial.replace("\r", ""), re.DOTALL)
    need(len(parts) == len(CHARTS), "chart: not run", f"{len(CHARTS)} programs", f"there are {len(parts)}")
    for arguments, part in zip(CHARTS, parts):
        shown = arguments if len(arguments) < 80 else f"{arguments[:10]} ... {arguments[-6:]}"
        wanted, found = list(lines_of(arguments)), part.splitlines()
        for want, have in zip(wanted, found):
            need(want == have, "chart: line", f"`{want}` for `chart {shown}`", f"it is `{have}`")
        need(len(wanted) == len(found), "chart: count", f"{len(wanted)} lines for `chart {shown}`", f"there are {len(found)}")
