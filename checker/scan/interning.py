"""Values that many records share, each kept once."""

from typing import Any

from checker.columns import ABSENT, WITHHELD
from checker.event import Unknown


class Interned:
    """Values in the order in which they were met; the code of each is its place."""

    __slots__ = ("_codes", "values")

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._codes: dict[Any, int] = {}

    def code(self, value: Any) -> int:
        """The code of a value as `Event.get` gives it; numbers of one size are one value, flags are no numbers."""
        if type(value) is str:
            key: Any = value
        elif value is None:
            return ABSENT
        elif isinstance(value, Unknown):
            return WITHHELD
        elif isinstance(value, bool | list | dict):
            key = (type(value), repr(value))
        else:
            key = value
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.values)
            self.values.append(value)
        return code
