"""The picture was right at each step."""

from course.checks import need_pictures


def check_the_pictures(boot):
    need_pictures(boot, 200, lambda column: f"for the frames from {64 * column} on,")
