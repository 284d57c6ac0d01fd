"""The picture was right at each step."""

from course.checks import need_pictures


def check_the_pictures(boot):
    need_pictures(boot, 60, lambda column: f"in column {column}")
