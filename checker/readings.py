"""How texts and numbers can be read as times: one reading for each meaning that all of them may have together."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

from checker.timeline import DAY, UTC, parse_epoch, parse_format, parse_instant

_UNITS = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000, "epoch_ns": 1_000_000_000}
_SINCE, _UNTIL = 631_152_000, 4_102_444_800  # of the years 1990 to 2099, which keep the units apart
_DATES = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d", "%Y%m%d",
    "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d/%b/%Y",
    "%a %d %b %Y", "%a, %d %b %Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
)  # fmt: skip
_CLOCKS = (
    "%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%H:%M:%S,%f", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p", "%H.%M", "%H.%M.%S",
    "%H%M%S",
)  # fmt: skip
_BETWEEN = (" ", "T", ", ", ":", "")
_OFFSETS = ("", "%z", " %z")


class Reading(NamedTuple):
    """A way in which all times of a member can be read."""

    format: str | None
    zoned: bool
    """Whether a zone has to be told."""
    told: str
    meaning: tuple[tuple[int, int], ...] = ()
    likely: bool = False
    """Whether only custom speaks for it."""


def readings_of(values: Sequence[Any], in_texts: bool = False) -> list[Reading]:
    """How all of these values can be read as times: one reading for each meaning that they may have together."""
    if all(is_number(value, in_texts) for value in values) and (
        counts := _counts([Decimal(value) for value in values])
    ):
        return counts
    if not all(isinstance(value, str) for value in values):
        return []
    if (standard := _standard(values)) is not None:
        return [standard]
    found: dict[Any, Reading] = {}
    for format in _formats(values[0]):
        meaning = tuple(one for value in values if (one := _parsed(value, format)) is not None)
        if len(meaning) == len(values) and meaning not in found:
            told, likely = "the one format of those known that fits all", False
            if "%d.%m." in format and all(_parsed(value, format.replace("%d.%m.", "%m.%d.")) for value in values):
                told, likely = "the day first, as is custom with points; the sample fits the month first, too", True
            found[meaning] = Reading(format, not has_offset(format), told, meaning, likely)
    return list(found.values())


def _formats(text: str) -> Iterator[str]:
    """The formats that a text has the shape of. Tried by shape first: to make ready for a format takes long."""
    for day in _DATES:
        date = _shape(day).match(text)
        if date is None:
            continue
        if date.end() == len(text):
            yield day
        for between, clock in product(_BETWEEN, _CLOCKS):
            if not text.startswith(between, date.end()):
                continue
            time = _shape(clock).match(text, date.end() + len(between))
            for offset in _OFFSETS if time is not None else ():
                rest = text[time.end() :]  # type: ignore[union-attr]
                if (rest == "") if not offset else _shape(offset).fullmatch(rest):
                    yield f"{day}{between}{clock}{offset}"


@lru_cache(maxsize=128)
def _shape(format: str) -> re.Pattern[str]:
    return re.compile("".join(_PARTS.get(part, re.escape(part)) for part in re.findall("%.|[^%]", format)))


_PARTS = {
    "%Y": "[0-9]{4}", "%y": "[0-9]{2}(?![0-9])", "%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}", "%a": "[A-Za-z]{3}",
    "%f": "[0-9]{1,6}", "%p": "[AaPp][Mm]", "%z": "(?:Z|[+-][0-9]{2}:?[0-9]{2})",
    **dict.fromkeys(("%d", "%m", "%H", "%I", "%M", "%S"), "[0-9]{1,2}"),
}  # fmt: skip


def _standard(values: Sequence[str]) -> Reading | None:
    """RFC 3339, with offsets or without."""
    meaning, zoned = [], False
    for value in values:
        try:
            meaning.append(parse_instant(value))
        except ValueError:
            try:
                meaning.append(parse_instant(value, UTC))
            except ValueError:
                return None
            zoned = True
    told = "RFC 3339" + (" without an offset" if zoned else "")
    return Reading(None, zoned, told, tuple(meaning))


def _counts(numbers: Sequence[Decimal]) -> list[Reading]:
    for name, unit in _UNITS.items():
        if all(_SINCE <= number / unit <= _UNTIL for number in numbers):
            told = "they are of the years 1990 to 2099 in no other unit"
            meaning = tuple(parse_epoch(number, name.removeprefix("epoch_")) for number in numbers)  # type: ignore[arg-type]
            return [Reading(name, False, told, meaning)]
    return []


def is_number(value: Any, in_texts: bool) -> bool:
    """Whether it is a number (as a text, where a format has nothing else)."""
    if isinstance(value, str):
        return in_texts and re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", value) is not None
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _parsed(text: str, format: str) -> tuple[int, int] | None:
    try:
        return parse_format(text, format, UTC)
    except ValueError:
        return None


def read_as(text: str, format: str | None) -> tuple[int, int] | None:
    """The earliest and latest instant that a text means in a format, or as RFC 3339; None if it is no such time."""
    if format is not None:
        return _parsed(text, format)
    try:
        return parse_instant(text, UTC)
    except ValueError:
        return None


def has_offset(format: str) -> bool:
    """Whether no zone has to be told: the format has an offset, or no time of day."""
    return "%z" in format or not any(clock in format for clock in ("%H", "%I"))


def is_day(reading: Reading) -> bool:
    """Whether these are dates without a time of day."""
    return bool(reading.meaning) and all(high - low + 1 == DAY for low, high in reading.meaning)
