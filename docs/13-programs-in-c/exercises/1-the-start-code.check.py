# What exercise 13.1 asks for, as the programs print it.
from course.checks import need


def check_arguments(boot):
    for line in ("argc 3", 'argv[0] "arguments"', 'argv[1] "one"', 'argv[2] "two"', "auxiliary 6 = 0x1000"):
        need(f"\n{line}\n" in boot.serial, "arguments: wrong", f"the program arguments to print {line!r}", "it did not")


def check_constructors(boot):
    for what in ("constructor", "destructor"):
        need(what in boot.serial, f"{what}: not run", f"hello-cpp's {what} to run", "it did not")
