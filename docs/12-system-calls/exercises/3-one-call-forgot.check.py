"""What `uname` prints, in full."""

import re

from course.checks import need


def check_what_uname_prints(boot):
    need(re.search(r"^Trapgate trapgate \S+ \S+ i386$", boot.serial, re.MULTILINE) is not None, "program: uname: its words",
         "`uname` to print the system's name, the machine's, release, version and processor", "it has not")
