"""The charts, line by line."""

import re

from course.checks import need

WIDTH = 40


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
    charts = [words.partition(" ")[2] for words, _ in boot.plan.programs]
    need(len(parts) == len(charts), "chart: not run", f"{len(charts)} programs", f"there are {len(parts)}")
    for arguments, part in zip(charts, parts):
        shown = arguments if len(arguments) < 80 else f"{arguments[:10]} ... {arguments[-6:]}"
        wanted, found = list(lines_of(arguments)), part.splitlines()
        for want, have in zip(wanted, found):
            need(want == have, "chart: line", f"`{want}` for `chart {shown}`", f"it is `{have}`")
        need(len(wanted) == len(found), "chart: count", f"{len(wanted)} lines for `chart {shown}`", f"there are {len(found)}")
