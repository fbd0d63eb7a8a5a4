"""Values that many records share, each kept once."""

from typing import Any

from checker.columns import ABSENT, WITHHELD
from checker.event import Unknown


class Interned:
    """Values in the order in which they were met; the code of each is its place."""

    __slots__ = ("texts", "texts_or_none", "values")

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.texts = _Texts(self.values)
        """Codes by texts and whole numbers, also new ones; other values have keys that are neither."""
        self.texts_or_none = _TextsOrNone(self.texts)
        """The same, but an empty text is none."""

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
        code = self.texts.get(key)
        if code is None:
            code = self.texts[key] = len(self.values)
            self.values.append(value)
        return code


class _Texts(dict[Any, int]):
    def __init__(self, values: list[Any]) -> None:
        super().__init__()
        self._values = values

    def __missing__(self, text: Any) -> int:
        code = self[text] = len(self._values)
        self._values.append(text)
        return code


class _TextsOrNone(dict[str | None, int]):
    def __init__(self, texts: _Texts) -> None:
        super().__init__({"": ABSENT, None: ABSENT})
        self._texts = texts

    def __missing__(self, text: str) -> int:
        code = self[text] = self._texts[text]
        return code
