"""A line of the log comes through the serial line, although the UART was in a bad state when it was looked for."""

from course.checks import need


def check_the_log(boot):
    need(f"the log says {boot.numbers[1]}\n" in boot.serial.replace("\r", ""), "serial: log",
         "a line of the log on the serial line", "the line does not come")
