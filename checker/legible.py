"""Making text from files safe to print: nothing in it reaches a terminal as a command, a line or a direction."""

MAX_SHOWN = 60


def legible(text: str) -> str:
    """The text with every character that is not simply printed (controls, line ends, bidirectional marks) escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def shown(text: str) -> str:
    """The text in quotes, as messages repeat it: short and legible."""
    text = str(text)
    return repr(text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…")
