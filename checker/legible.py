"""Making text from files safe to print: nothing in it reaches a terminal or a CI runner as a command, nor makes a line
or a direction."""

from checker.limits import limit

MAX_SHOWN = limit("text_shown")


def legible(text: str) -> str:
    """The text with every character that is not simply printed (controls, line ends, bidirectional marks) escaped.

    So is `##[`, which begins a command wherever it stands in what a job of CI prints.
    """
    if "##[" in text:
        text = text.replace("##[", "#\\x23[")
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def inert(line: str) -> str:
    """A line as put together, so that no CI runner takes it as a command: one at its beginning (`::`), or anywhere."""
    if "##[" in line:
        line = line.replace("##[", "#\\x23[")
    if line.lstrip().startswith("::"):
        line = line.replace("::", "\\x3a:", 1)
    return line


def shown(text: str) -> str:
    """The text in quotes, as messages repeat it: short and legible."""
    text = str(text)
    return repr(text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…")
