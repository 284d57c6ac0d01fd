"""docs/reference/cost.md: its tables are what is measured, and its plot shows them."""

import re

import cost
import pytest

# One size of a few operations: measuring all takes a minute.
SAMPLES = [("processes", "yield, per switch", 500), ("files", "open, close", 1000), ("pages", "fork, exit, wait", 1024),
           ("pages", "map, touch, unmap", 64)]  # fmt: skip


def column_in_page(name: str, operation: str):
    """The operation, and its figure at each size."""
    table = next(table for table in cost.TABLES if table.name == name)
    column = [one.words for one in table.operations].index(operation)
    return table.operations[column], {size: figures[column] for size, *figures in cost.rows_in_page(table)}


@pytest.mark.parametrize("table", cost.TABLES, ids=lambda table: table.name)
def test_every_size_is_in_the_page(table):
    rows = cost.rows_in_page(table)
    assert [row[0] for row in rows] == list(table.sizes)
    assert {len(row) for row in rows} == {1 + len(table.operations)}


def test_the_plot_shows_the_tables():
    assert cost.PLOT.read_text() == cost.plot([(table, cost.rows_in_page(table)) for table in cost.TABLES]), "`make cost` writes it again"


@pytest.mark.parametrize("name, operation, size", SAMPLES)
def test_the_page_says_what_is_measured(name, operation, size):
    """To a third: other compilers make other kernels, and not each change of the kernel is one of the page."""
    measurable, written = column_in_page(name, operation)
    assert measurable.measure(size) == pytest.approx(written[size], rel=1 / 3), "`make cost` writes the page again"


def figure(name: str, operation: str, size: int) -> int:
    return column_in_page(name, operation)[1][size]


def per_unit(name: str, operation: str, least: int, most: int) -> float:
    """What one page, or one MiB, more costs."""
    return (figure(name, operation, most) - figure(name, operation, least)) / (most - least)


def spread(name: str, operation: str) -> int:
    figures = column_in_page(name, operation)[1].values()
    return max(figures) - min(figures)


# What the text says of the tables, and what they say.
SENTENCES = [
    (r"differs by some ([\d,]+) instructions", lambda: spread("files", "create, close, remove")),
    (r"costs ([\d,]+) instructions per 4 MiB", lambda: 4 * per_unit("memory", "boot", 16, 512)),
    (r"takes ([\d,]+)\s+instructions to print", lambda: figure("memory", "boot", 1024) - figure("memory", "boot", 512)),
    (r"some ([\d,]+) instructions per page", lambda: per_unit("pages", "fork, exit, wait", 1, 1024)),
    (r"to ([\d,]+) times as much at 4 MiB",
     lambda: figure("pages", "fork, exit, wait", 1024) / figure("pages", "fork, exit, wait", 1)),
    (r"of its ([\d,]+) instructions", lambda: per_unit("pages", "map, touch, unmap", 1, 1024)),
]  # fmt: skip


@pytest.mark.parametrize("sentence, told", SENTENCES, ids=[sentence for sentence, _ in SENTENCES])
def test_the_text_says_what_the_tables_say(sentence, told):
    written = re.search(sentence, cost.PAGE.read_text())
    assert int(written[1].replace(",", "")) == pytest.approx(told(), rel=0.1)
