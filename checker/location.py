"""Where something stands in a file: what every message about a file points at."""

from typing import NamedTuple


class Location(NamedTuple):
    """A place in a text file. Lines and columns count from 1; `column` is 0 where only the line is known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)
