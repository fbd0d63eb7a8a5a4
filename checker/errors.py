"""What the program says when it cannot do what it was asked: problems with a place, a reason and a way out."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from checker.location import Location


class Problem(NamedTuple):
    """One mistake in something the user gave: where, what was found and expected, and what to do.

    `excerpt` is the source line the caret points into; empty where there is none to show.
    """

    location: Location | None
    message: str
    hint: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        lines = [f"{self.location}: {self.message}" if self.location else self.message]
        if self.excerpt and self.location and self.location.column:
            lines.append(f"    {self.excerpt}")
            lines.append(f"    {' ' * (self.location.column - 1)}^")
        if self.hint:
            lines.append(f"    {self.hint}")
        return "\n".join(lines)


class CheckerError(Exception):
    """The check could not be made; `problems` says why, all reasons at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(CheckerError):
    """What was asked for does not exist or does not fit together: an option, a name, a combination."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__([Problem(None, message, hint)])


class RulebookError(CheckerError):
    """A rulebook that cannot be used: every problem found in it, in the order of the files and lines."""


class LogError(CheckerError):
    """A log that cannot be read at all (single bad records are listed as rejected instead)."""


class ReportError(CheckerError):
    """What should be a report of an earlier check and cannot be read as one."""


class OutputError(CheckerError):
    """A report that could not be written."""


class PipeClosed(Exception):
    """Nobody reads the results any more."""


class Terminated(BaseException):
    """The process was asked to end (SIGTERM): what is half made is cleared away on the way out."""


def nearest(name: str, candidates: Iterable[str]) -> str:
    """A hint that names the closest valid name, or lists a few when none is close; empty without candidates."""
    import difflib  # only on the way to an error: keeps start-up short

    names = sorted(set(candidates))
    if not names:
        return ""
    folded = {candidate.casefold(): candidate for candidate in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean {folded[close[0]]!r}?"
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"known names: {shown}"
