# What exercise 3.5 asks for: the UART's registers as the chapter's table has them, and a line of the log.
import re

from course.checks import Failed, need


def check_registers(boot):
    found = re.search(r"^UART (\w+) (\w+) (\w+) (\w+) (\w+)$", boot.serial, re.MULTILINE)
    if not found:
        raise Failed("serial: no registers", "a UART to read back", "its registers can't be read")
    line_control, modem_control, queues, divisor, interrupts = (int(word, 16) for word in found.groups())
    need(line_control & 0x80 == 0, "serial: latch", "the divisor latch closed", f"line control is {line_control:#x}")
    need(divisor == 3, "serial: divisor", "the divisor 3", f"it is {divisor:#x}")
    need(line_control == 3, "serial: line control", "8 data bits, no parity, 1 stop bit: line control 3",
         f"it is {line_control:#x}")
    need(interrupts == 0, "serial: interrupts", "no interrupts: interrupt enable 0", f"it is {interrupts:#x}")
    need(queues & 0xC0 == 0xC0, "serial: queues", "the queues on, which bits 6 and 7 of port 0x3FA say when read",
         f"it reads as {queues:#x}")
    need(modem_control == 0x0B, "serial: modem control", "modem control 0xb", f"it is {modem_control:#x}")
    need(f"the log says {boot.numbers[1]}\n" in boot.serial, "serial: log", "a line of the log on the serial line",
         "the registers are right, but the line does not come")
