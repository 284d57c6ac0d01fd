# What exercise 3.1 asks for: each cell of the screen, character and colours.
from course.checks import Failed, need

COLUMNS, ROWS = 80, 25


def check_screen(boot):
    lines = boot.serial.split("\n")[-ROWS:]
    wanted = "".join(line.ljust(COLUMNS) for line in lines).encode()
    colours = bytearray(b"\x07" * len(wanted))
    begin = wanted.index(b"coloured")
    colours[begin : begin + 8] = bytes([1 + boot.numbers[3] % 6 | boot.numbers[4] % 8 << 4]) * 8
    memory = boot.physical(0xB8000, 2 * COLUMNS * ROWS)
    characters, attributes = memory[::2], memory[1::2]
    need(attributes != wanted, "screen: halves", "the character in each cell's first byte, its colours in the second",
         "the colours' bytes hold the text")
    for cell, (want, have) in enumerate(zip(wanted, characters)):
        if want != have:
            row, column = divmod(cell, COLUMNS)
            raise Failed("screen: text", f"row {row} to begin with {lines[row][:40]!r}",
                         f"in column {column} of it stands the character {have:#04x}, not {want:#04x}")
    for cell, (want, have) in enumerate(zip(colours, attributes)):
        row, column = divmod(cell, COLUMNS)
        need(want == have, "screen: colours", f"the colours {want:#04x} in row {row}, column {column}",
             f"they are {have:#04x}")
