"""docs/reference/cost.md: its tables are what is measured, and its plot shows them."""

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
