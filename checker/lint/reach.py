"""How much the other rules of a set permit at most: exact bounds in closed form, each with the rules it rests on.

Of one activity, kept apart by some fields, may be limited: how long each lasts, the pause between two, how many begin
in a window, how much time they take up in one, and the hours in which they may go on. From any of these follows
something for the others. The bounds hold for every schedule that keeps the rules, however unusual; `witness` looks for
one that reaches them.
"""

from collections.abc import Iterator
from typing import NamedTuple

from checker.interval import Between, Outside, Spell
from checker.lint.book import Asked, Book, listed
from checker.lint.spells import Times, base, is_times, opening, times
from checker.measure import Length, OnEvents, OnIntervals, Portion, Rule, Spacing, Total, Window
from checker.timeline import DAY, format_duration

HOUR = DAY // 24


class Cap(NamedTuple):
    """A number that cannot be exceeded, the rules it follows from, and how, in words."""

    value: int
    rests_on: tuple[Asked, ...]
    because: str


class Schedule:
    """What the other rules say of one activity, as seen by one rule about it."""

    def __init__(self, book: Book, target: Asked, *, but: tuple[Asked, ...] = ()) -> None:
        self.book = book
        self.target = target
        self._but = {target.at, *(asked.at for asked in but)}
        on = target.rule.on
        self.spell: Spell | None = on.spell if isinstance(on, OnIntervals) else None
        self.per = getattr(target.rule.measure, "per", None)

    def _usable(self, asked: Asked) -> bool:
        mine, theirs = self.target.rule, asked.rule
        if asked.at in self._but or theirs.start > mine.start or theirs.end < mine.end:
            return False
        if self.book.excused_apart(asked.id, self.target.id):
            return False
        return self._about(theirs)

    def _about(self, rule: Rule) -> bool:
        """Whether what the rule asks is asked of this activity too, and for no smaller groups."""
        per = getattr(rule.measure, "per", None)
        if per is not None and self.per is not None and not set(per) <= set(self.per):
            return False
        mine = self.target.rule.on
        if self.book.on_within(mine, rule.on):
            return True
        if isinstance(mine, OnIntervals) and isinstance(rule.on, OnEvents) and isinstance(rule.measure, Total):
            opens = opening(mine.spell)
            if opens is None or rule.measure.of != "count":
                return False
            return self.book.on_within(OnEvents(opens), rule.on)
        return False

    def _rules(self, kind: type) -> Iterator[Asked]:
        for asked in self.book.plain:
            if isinstance(asked.rule.measure, kind) and self._usable(asked):
                yield asked

    @property
    def rules(self) -> list[Asked]:
        """All that is asked of the activity and matters to a schedule of it."""
        return [
            asked for asked in self.book.plain
            if isinstance(asked.rule.measure, (Length, Spacing, Total, Portion)) and self._usable(asked)
            and not (isinstance(asked.rule.measure, Portion) and not is_times(asked.rule.measure.spell))
        ]  # fmt: skip

    # ---- what is said of each ----

    @property
    def longest(self) -> Cap | None:
        """How long one may last at most, as a limit on its length says."""
        found = [
            Cap(int(a.rule.limit.at_most), (a,), f"each lasts at most {format_duration(int(a.rule.limit.at_most))}")
            for a in self._rules(Length) if a.rule.limit.at_most is not None
        ]  # fmt: skip
        return min(found, default=None, key=lambda cap: cap.value)

    @property
    def shortest(self) -> Cap | None:
        """How long one has to last at least."""
        found = [
            Cap(int(a.rule.limit.at_least), (a,), f"each lasts at least {format_duration(int(a.rule.limit.at_least))}")
            for a in self._rules(Length) if a.rule.limit.at_least is not None
        ]  # fmt: skip
        return max(found, default=None, key=lambda cap: cap.value)

    @property
    def pause(self) -> Cap | None:
        """The least time from the end of one to the next of the same group."""
        found = []
        for asked in self._rules(Spacing):
            measure, least = asked.rule.measure, asked.rule.limit.at_least
            if isinstance(measure, Spacing) and measure.along is None and least is not None and measure.scope is None:
                found.append(Cap(int(least), (asked,), f"{format_duration(int(least))} lie between two"))
        return max(found, default=None, key=lambda cap: cap.value)

    @property
    def hours(self) -> tuple[Times, tuple[Asked, ...]] | None:
        """The times to which it is confined, if any."""
        for asked in self._rules(Portion):
            measure = asked.rule.measure
            if isinstance(measure, Portion) and asked.rule.limit.at_most == 0 and is_times(measure.spell):
                found = times(Outside(measure.spell) if measure.inside else measure.spell)
                if not found.unbroken:
                    return found, (asked,)
        return None

    @property
    def alone(self) -> bool:
        """Whether two of one group never go on at once."""
        if self.spell is None:
            return True
        inner = base(self.spell)
        if isinstance(inner, Between) and self.per is not None and set(inner.per) <= set(self.per):
            return True
        return self.pause is not None

    # ---- what follows ----

    def count(self, window: Window) -> Cap | None:
        """How many begin within the window at most."""
        return min(self._counts(window, longest_of(window)), default=None, key=lambda cap: cap.value)

    def _counts(self, window: Window, length: int) -> Iterator[Cap]:
        pause, shortest = self.pause, self.shortest
        step = (pause.value if pause else 0) + (shortest.value if shortest and self.alone else 0)
        if step and (pause or self.alone):
            parts = [cap for cap in (pause, shortest) if cap is not None]
            yield Cap(
                -(-length // step), tuple(a for cap in parts for a in cap.rests_on),
                listed([cap.because for cap in parts]),
            )  # fmt: skip
        for asked in self._rules(Total):
            measure, most = asked.rule.measure, asked.rule.limit.at_most
            if not isinstance(measure, Total) or measure.of != "count" or most is None:
                continue
            parts_of = pieces(window, measure.window)
            if parts_of is not None:
                each = f"{most} in each {told(measure.window)}"
                yield Cap(int(most) * parts_of, (asked,), f"{each}, of which the window meets {parts_of}")
        if (hours := self.hours) is not None and pause is not None and pause.value >= hours[0].longest:
            yield Cap(
                hours[0].most_spans(length), (*hours[1], *pause.rests_on),
                "one begins in each stretch of permitted hours, as the pause between two is no shorter than that",
            )  # fmt: skip

    def total(self, window: Window) -> Cap | None:
        """How much time they take up within the window at most."""
        return min(self._totals(window, longest_of(window)), default=None, key=lambda cap: cap.value)

    def _totals(self, window: Window, length: int) -> Iterator[Cap]:
        if (hours := self.hours) is not None and self.alone:
            open_ = hours[0].most_in(length)
            yield Cap(open_, hours[1], f"the permitted hours are {format_duration(open_)} of it at most")
        for asked in self._rules(Total):
            measure, most = asked.rule.measure, asked.rule.limit.at_most
            if isinstance(measure, Total) and measure.of == "duration" and most is not None:
                parts_of = pieces(window, measure.window)
                if parts_of is not None:
                    why = f"at most {format_duration(int(most))} in each {told(measure.window)}"
                    yield Cap(int(most) * parts_of, (asked,), f"{why}, of which the window meets {parts_of}")
        longest, pause = self.longest, self.pause
        if longest is None:
            return
        if self.alone and longest.value + (pause.value if pause else 0) > 0 and pause is not None and pause.value:
            whole, rest = divmod(length, longest.value + pause.value)
            yield Cap(
                whole * longest.value + min(longest.value, rest), (*longest.rests_on, *pause.rests_on),
                f"{longest.because}, and {pause.because}",
            )  # fmt: skip
        if self.alone:
            # a rolling window with most in it can be moved to where one begins, so that none was begun before it
            before = 0 if window.rolling is not None else 1
            for cap in self._counts(window, length):
                yield Cap(
                    (cap.value + before) * longest.value, (*longest.rests_on, *cap.rests_on),
                    f"{longest.because}, and {cap.because}",
                )  # fmt: skip

    def length(self) -> Cap | None:
        """How long one may last at most, whatever its own limit: for budgets, and for the hours."""
        found = []
        if (hours := self.hours) is not None:
            longest = format_duration(hours[0].longest)
            found.append(Cap(hours[0].longest, hours[1], f"the permitted hours last {longest} at a time"))
        for asked in self._rules(Total):
            measure, most = asked.rule.measure, asked.rule.limit.at_most
            if isinstance(measure, Total) and measure.of == "duration" and most is not None:
                window = measure.window
                many = 1 if window.rolling is not None else 2  # one may go on from a calendar window into the next
                if int(most) < (window.rolling or shortest_of(window)):
                    why = f"no more than {format_duration(int(most))} may be taken up in each {told(window)}"
                    found.append(Cap(int(most) * many, (asked,), why))
        return min(found, default=None, key=lambda cap: cap.value)


# ---- windows ----

_SHORTEST = {"day": DAY, "week": 7 * DAY, "month": 28 * DAY, "quarter": 90 * DAY, "year": 365 * DAY}
_LONGEST = {"day": DAY, "week": 7 * DAY, "month": 31 * DAY, "quarter": 92 * DAY, "year": 366 * DAY}
_PARTS = ("day", "month", "quarter", "year")


def shortest_of(window: Window) -> int:
    """The shortest that such a window can be."""
    if window.rolling is not None:
        return window.rolling
    return _SHORTEST[window.unit or "year"] - _shift(window)


def longest_of(window: Window) -> int:
    """The longest that such a window can be; the whole observation has no end."""
    if window.rolling is not None:
        return window.rolling
    if window.unit is None:
        return 1 << 62
    return _LONGEST[window.unit] + _shift(window)


def _shift(window: Window) -> int:
    """By how much a day can be longer or shorter where the clock is put forward and back."""
    return 0 if window.zone is None or window.zone.offset is not None else 2 * HOUR


def pieces(window: Window, other: Window) -> int | None:
    """How many of the other windows hold all that begins within one; None if no number does."""
    if other == window:
        return 1
    if window.rolling is None and window.unit is None:
        return None
    if other.rolling is None and other.unit is None:
        return 1
    if other.rolling is not None:
        return -(-longest_of(window) // other.rolling)
    if window.unit is not None and other.unit is not None and window.anchor == other.anchor == (1, 1):
        if {window.unit, other.unit} <= set(_PARTS):
            small, large = _PARTS.index(window.unit), _PARTS.index(other.unit)
            if small <= large:
                return 1
            return {
                ("month", "day"): 31, ("quarter", "day"): 92, ("year", "day"): 366,
                ("quarter", "month"): 3, ("year", "month"): 12, ("year", "quarter"): 4,
            }[window.unit, other.unit]  # fmt: skip
        if window.unit == "week" and other.unit == "day":
            return 7
    return 1 + -(-(longest_of(window) - 1) // shortest_of(other))


def told(window: Window) -> str:
    """A window in words."""
    if window.rolling is not None:
        return f"window of {format_duration(window.rolling)}"
    return f"calendar {window.unit}" if window.unit is not None else "observation"


__all__ = ["Cap", "Schedule", "longest_of", "pieces", "shortest_of", "told"]
