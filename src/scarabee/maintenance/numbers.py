"""Numbers of rows, as addresses and forms write them."""

MOST_DIGITS = 18


def is_number(text: str) -> bool:
    """Whether a text is a number that every database takes.

    « ² » is a digit, and none; of five thousand digits Python itself makes no number.
    """
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
