"""What a reader or a teacher is told when something can't be done."""


class Problem(Exception):
    """What can't be done, in a sentence for the reader."""
