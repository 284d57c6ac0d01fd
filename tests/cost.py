#!/usr/bin/python3
"""What operations cost against the size of what they work on: measures them anew, and writes the tables of
docs/reference/cost.md and the plot docs/pictures/cost.svg: `make cost`.

Each figure is the mean of a boot of its own, in which programs/bench does one thing many times at one size, counted in
executed instructions as `make bench` does. So they repeat exactly.
"""

import dataclasses
import math
import re
from typing import Callable, List, Tuple

import bench
from course.document import around

PAGE = bench.ROOT / "docs/reference/cost.md"
PLOT = bench.ROOT / "docs/pictures/cost.svg"


@dataclasses.dataclass(frozen=True)
class Operation:
    """A column of a table, and a line of the plot."""

    words: str
    measure: Callable[[int], int]  # instructions at a size


@dataclasses.dataclass(frozen=True)
class Table:
    name: str  # of the place in the page
    unit: str  # of a size
    sizes: Tuple[int, ...]
    operations: Tuple[Operation, ...]


def by_bench(name: str, times: int) -> Callable[[int], int]:
    """The mean that programs/bench prints, after `times` operations at that size."""
    return lambda size: bench.figures_in(bench.output_of([f"{name} {times} {size}"]))[name, size]["mean"]


def boot(memory: int) -> int:
    return bench.boot_of(bench.output_of(["getpid 1"], memory=memory), memory=memory)


TABLES = (
    Table("processes", "processes", (2, 4, 8, 16, 32, 64, 125, 250, 500),
          (Operation("yield, per switch", by_bench("yield", 20)),)),
    Table("files", "files", (10, 30, 100, 300, 1000, 3000, 10000),
          (Operation("open, close", by_bench("open", 1000)),
           Operation("create, close, remove", by_bench("create", 1000)))),
    Table("memory", "MiB", (16, 32, 64, 128, 256, 512, 1024, 2048, 3584), (Operation("boot", boot),)),
    Table("pages", "pages", (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
          (Operation("fork, exit, wait", by_bench("fork", 20)),
           Operation("map, touch, unmap", by_bench("map", 20)))),
)  # fmt: skip


def table_text(table: Table, rows: List[List[int]]) -> str:
    """rows: a size, and the figure of each operation."""
    heads = [table.unit[0].upper() + table.unit[1:], *(operation.words for operation in table.operations)]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---:|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(f"{number:,}" for number in row) + " |" for row in rows]) + "\n"


def marks(table: Table) -> Tuple[str, str]:
    return f"<!-- {table.name} -->\n", f"<!-- /{table.name} -->\n"


def rows_in_page(table: Table) -> List[List[int]]:
    _, written, _ = around(PAGE, *marks(table))
    lines = [re.findall(r"[\d,]+", line) for line in written.splitlines()[2:]]
    return [[int(number.replace(",", "")) for number in line] for line in lines]


# --- The plot: both axes logarithmic, so what does not grow is level, and what grows in proportion rises by one decade per decade ---
LEFT, TOP, RIGHT, DECADE_X, DECADE_Y = 62, 30, 200, 130, 70
DECADES_X, LOWEST_Y, DECADES_Y = 4, 2, 5  # 1 to 10^4; 10^2 to 10^7
WIDTH, HEIGHT = LEFT + DECADES_X * DECADE_X + RIGHT, TOP + DECADES_Y * DECADE_Y + 50
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#999999", "#e69f00")  # told apart by those who see few colours
BELOW = ("map, touch, unmap",)  # their words go below the line's end, as another line is above it
STYLE = """\
rect { fill: #ffffff } text { fill: #222222; font: 13px sans-serif } .grid { stroke: #dddddd } .line { fill: none; stroke-width: 2.5 }
@media (prefers-color-scheme: dark) { rect { fill: #1c1c1c } text { fill: #dddddd } .grid { stroke: #444444 } }
"""


def place(size: float, cost: float) -> Tuple[float, float]:
    return LEFT + math.log10(size) * DECADE_X, TOP + (LOWEST_Y + DECADES_Y - math.log10(cost)) * DECADE_Y


def words_at(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{words}</text>'


def plot(tables) -> str:
    """An SVG of [(Table, its rows)]. Its colours follow the page's reader: light or dark."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
             "<title>Instructions of each operation, against size</title>", f"<style>{STYLE}</style>",
             f'<rect width="{WIDTH}" height="{HEIGHT}"/>']  # fmt: skip
    end_x, end_y = place(10**DECADES_X, 10**LOWEST_Y)
    for decade in range(DECADES_X + 1):
        x, _ = place(10**decade, 1)
        parts += [f'<path class="grid" d="M{x:.0f} {TOP}V{end_y:.0f}"/>', words_at(x, end_y + 18, f"{10**decade:,}", "middle")]
    for decade in range(LOWEST_Y, LOWEST_Y + DECADES_Y + 1):
        _, y = place(1, 10**decade)
        parts += [f'<path class="grid" d="M{LEFT} {y:.0f}H{end_x:.0f}"/>',
                  words_at(LEFT - 6, y + 4, f"{10 ** (decade % 3)}{('', 'k', 'M')[decade // 3]}", "end")]  # fmt: skip
    parts += [words_at((LEFT + end_x) / 2, end_y + 38, "size: processes, files, MiB of memory, pages", "middle"),
              words_at(LEFT - 6, TOP - 14, "instructions")]  # fmt: skip
    lines = [(operation.words, table, [(row[0], row[column]) for row in rows])
             for table, rows in tables for column, operation in enumerate(table.operations, 1)]  # fmt: skip
    for (words, table, points), colour in zip(lines, COLOURS):
        places = [place(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts += [f'<polyline class="line" stroke="{colour}" points="{path}"/>',
                  *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)]  # fmt: skip
        x, y = places[-1]
        parts.append(words_at(x + 8, y + (20 if words in BELOW else 4), f"{words} ({table.unit})"))
    return "\n".join([*parts, "</svg>\n"])


def main() -> None:
    measured = []
    for table in TABLES:
        rows = [[size, *(operation.measure(size) for operation in table.operations)] for size in table.sizes]
        measured.append((table, rows))
        print(table_text(table, rows), flush=True)
        head, _, tail = around(PAGE, *marks(table))
        PAGE.write_text(head + table_text(table, rows) + tail)
    PLOT.write_text(plot(measured))


if __name__ == "__main__":
    main()
