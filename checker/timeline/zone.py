"""Time zones: offsets from UTC, and places of the IANA database as the `tzdata` package has them."""

import re
from datetime import UTC as _PYTHON_UTC
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from checker.errors import nearest
from checker.legible import shown as quoted
from checker.quick import dataclass
from checker.timeline.line import (
    DAY,
    END,
    EPOCH,
    EPOCH_ORDINAL,
    HOUR,
    LAST_ORDINAL,
    MAX_INSTANT,
    MAX_TEXT,
    MIN_INSTANT,
    MINUTE,
    checked,
    in_microseconds,
    naive_at,
    out_of_range,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Zone:
    """A fixed offset from UTC or a zone of the IANA database; made by `parse_zone`, equal when the same place.

    `offset` is the number of microseconds east of UTC, None for an IANA zone.
    """

    name: str
    offset: int | None

    def __str__(self) -> str:
        return self.name

    def to_local(self, us: int) -> datetime:
        """The naive local time at an instant; its `fold` is 1 where it is the second time the clock shows it.

        Raises ValueError outside the years 1 to 9999, UTC or local.
        """
        if self.offset is not None:
            return naive_at(us + self.offset)
        info = _zone_info(self.name)
        utc = naive_at(us).replace(tzinfo=_PYTHON_UTC)
        try:
            return utc.astimezone(info).replace(tzinfo=None)
        except (OverflowError, ValueError):
            raise ValueError(out_of_range(us)) from None

    def to_utc(self, naive: datetime, *, fold: int = 0) -> int:
        """The instant at which the clock shows a naive local time, the second one when shown twice and `fold` is 1.

        A time that the clock skips is read with the offset before the change (`fold` 0) or after it (1), as
        Python does; `readings` tells such times apart. Raises ValueError outside the years 1 to 9999.
        """
        wall = in_microseconds(naive.replace(tzinfo=None) - EPOCH)
        return checked(wall - self._offsets_on_wall(wall)[1 if fold else 0])

    def readings(self, naive: datetime) -> tuple[int, ...]:
        """All instants at which the clock shows a naive local time, in order: one, two in a fold, none in a gap."""
        return self._readings(in_microseconds(naive.replace(tzinfo=None) - EPOCH))

    def _readings(self, wall: int) -> tuple[int, ...]:
        first, second = self._offsets_on_wall(wall)
        if first == second:
            return (wall - first,)
        return (wall - first, wall - second) if first > second else ()

    def _offsets_on_wall(self, wall: int) -> tuple[int, int]:
        """Offsets of both readings of a wall time; the first is the smaller one exactly in a gap."""
        if self.offset is not None:
            return self.offset, self.offset
        local = naive_at(wall).replace(tzinfo=_zone_info(self.name))
        return in_microseconds(local.utcoffset()), in_microseconds(local.replace(fold=1).utcoffset())

    def _offset_at(self, us: int) -> int:
        """Offset at an instant; in the outermost day of the line of time the one a day further in."""
        if self.offset is not None:
            return self.offset
        utc = naive_at(min(max(us, MIN_INSTANT + DAY), MAX_INSTANT - DAY)).replace(tzinfo=_PYTHON_UTC)
        return in_microseconds(utc.astimezone(_zone_info(self.name)).utcoffset())

    def ordinal_at(self, us: int) -> int:
        """Day number of the local date at an instant."""
        ordinal = (us + self._offset_at(us)) // DAY + EPOCH_ORDINAL
        return min(max(ordinal, 1), LAST_ORDINAL)

    def reach(self, wall: int) -> int:
        """The first instant at which the clock has reached a wall time; the ends of time for times beyond them.

        The first and last local day stretch to the ends of time, so that every instant lies in some day.
        """
        if wall <= MIN_INSTANT:
            return MIN_INSTANT
        if wall > MAX_INSTANT:
            return END
        first, second = self._offsets_on_wall(wall)
        us = wall - first
        if first < second:
            us = self._change_within(wall - second, us)
        return min(max(us, MIN_INSTANT), END)

    def _change_within(self, low: int, high: int) -> int:
        """The instant in (low, high] from which the offset is no longer the one at `low`."""
        before = self._offset_at(low)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset_at(middle) == before:
                low = middle
            else:
                high = middle
        return high


UTC = Zone("UTC", 0)
"""The zone of UTC."""

_OFFSET_ZONE = re.compile(r"(?:UTC([+-])([0-9]{1,2})(?::([0-9]{2}))?|([+-])([0-9]{2}):([0-9]{2}))")
_ZONE_EXAMPLES = "expected 'UTC', an offset such as 'UTC+3' or '+03:00', or a name such as 'Europe/Istanbul'"


def parse_zone(text: str) -> Zone:
    """A zone from `UTC`, `UTC+3`, `UTC+03:00`, `+03:00` or an IANA name; raises ValueError for anything else."""
    if text in {"UTC", "Z"}:
        return UTC
    match = _OFFSET_ZONE.fullmatch(text)
    if match:
        sign, hours, minutes = match.group(1) or match.group(4), match.group(2) or match.group(5), 0
        if match.group(3) or match.group(6):
            minutes = int(match.group(3) or match.group(6))
        offset = offset_of(sign, int(hours), minutes, quoted(text))
        if not offset:
            return UTC
        return Zone(f"UTC{sign}{int(hours):02}:{minutes:02}", offset)
    names = _zone_names()
    if text in names:
        return Zone(text, None)
    if not text:
        raise ValueError(f"the time zone is empty; {_ZONE_EXAMPLES}")
    if text.startswith("GMT") and _OFFSET_ZONE.fullmatch("UTC" + text[3:]):
        hint = f"write {'UTC' + text[3:]!r}"  # the database's own Etc/GMT+3 means UTC-3: never suggest it
    elif text[:1] in "+-" or text.upper().startswith("UTC"):
        hint = _ZONE_EXAMPLES
    else:
        hint = nearest(text[:MAX_TEXT], names)
        if not hint.startswith("did you mean"):
            hint = _ZONE_EXAMPLES
    raise ValueError(f"unknown time zone {quoted(text)}; {hint}")


def offset_of(sign: str, hours: int, minutes: int, shown: str) -> int:
    """Microseconds east of UTC; ValueError, which names what was `shown`, beyond 23:59."""
    if hours > 23 or minutes > 59:
        raise ValueError(f"{shown}: no offset {sign}{hours:02}:{minutes:02}; offsets run from -23:59 to +23:59")
    offset = hours * HOUR + minutes * MINUTE
    return -offset if sign == "-" else offset


# The rules of the zones come from the tzdata package and never from the machine: what counts as a day or as a
# permitted hour decides a verdict, and two parties checking the same log must not differ by their operating systems.


@cache
def _zone_names() -> frozenset[str]:
    from importlib.resources import files

    names = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {"Factory"}  # a placeholder for "not configured", no place


@cache
def _zone_info(name: str) -> "ZoneInfo":
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    if name not in _zone_names():  # guards the file access for zones that were not made by parse_zone
        raise ValueError(f"unknown time zone {quoted(name)}; {_ZONE_EXAMPLES}")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
