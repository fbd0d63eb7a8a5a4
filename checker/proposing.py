"""Proposes how a foreign log fits, from a sample: by names and by what values can mean, with the reason of each choice.

Nothing is guessed in silence: a choice that something speaks against is called likely, and what two readings fit
equally well stays open, with both of them told.
"""

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from checker.errors import UsageError
from checker.event import Record
from checker.legible import shown
from checker.limits import limit
from checker.location import Location
from checker.logs.envelope import acceptance
from checker.logs.sampling import Sample, sample
from checker.mapping import EPOCHS, Mapping
from checker.proposed import LIKELY, OPEN, SURE, Left, Placed, Proposal
from checker.quick import dataclass
from checker.readings import Reading, has_offset, is_day, is_number, read_as, readings_of
from checker.report import ToolOf
from checker.timeline import UTC, check_format, parse_format, parse_zone
from checker.version import __version__

VERSION = 1

MOST = limit("sample")
"""Records of a sample."""

_DEEP = 4

_NAMES: dict[str, tuple[str, ...]] = {
    role: tuple(names.split())
    for role, names in {
        "time": "time timestamp @timestamp time:timestamp datetime eventtime occurredat ts start when date starttime"
        " begin at",
        "type": "type eventtype event eventname event.action action activity concept:name task operation kind name code"
        " message",
        "subject": "subject unit asset battery vehicle vessel ship device equipment machine host hostname host.name"
        " station site system employee driver user person case:concept:name",
        "id": "id eventid event.id recordid uuid guid uid messageid identity:id",
        "source": "source origin writer recorder logger provider producer agent.name sensor reportedby",
        "seq": "seq sequence sequencenumber seqno serial serialno recordno no number counter",
        "recorded_at": "recordedat recordedtime createdat created loggedat loggedtime writtenat entered",
        "received_at": "receivedat receivedtime ingestedat ingested arrivedat processedat processedtime",
        "data": "data payload fields attributes details properties params body",
    }.items()
}
"""What the members of an envelope are called elsewhere, the most usual first; compared without case and punctuation."""

_WEAK = ("name", "code", "message", "kind", "event")
"""Names of a type only where values come again."""

_ABSENT = ("-", "--", "n/a", "N/A", "NA", "null", "NULL", "None", "none", "nil", "?")
_ZONES = ("zone", "timezone", "tz", "tzname")
_TIME_OF_DAY = re.compile(r"[0-9]{1,2}[:.][0-9]{2}([:.][0-9]{2}([.,][0-9]+)?)?( ?[AaPp][Mm])?")
_NO_YEAR = re.compile(r"[A-Z][a-z]{2} [ 0-3]?[0-9] [0-9]{2}:[0-9]{2}(:[0-9]{2})?")


@dataclass(slots=True)
class _Member:
    """What was seen of a member, by its path: its values as far as they are none of collections, in their order."""

    path: str
    depth: int
    kinds: Counter[str] = field(default_factory=Counter)
    values: list[Any] = field(default_factory=list)
    records: int = 0

    @property
    def kind(self) -> str:
        return " or ".join(sorted(self.kinds))

    @property
    def texts(self) -> bool:
        return set(self.kinds) == {"text"}

    @property
    def distinct(self) -> int:
        return len(set(self.values))

    def is_whole(self, in_texts: bool) -> bool:
        """Whether all are whole numbers from 0 (as texts, where a format has nothing else)."""
        if in_texts:
            return self.texts and all(value.isascii() and value.isdigit() for value in self.values)
        return set(self.kinds) == {"whole number"} and all(value >= 0 for value in self.values)


def propose(paths: Sequence[str], *, zone: str | None = None, time_format: str | None = None) -> Proposal:
    """A mapping of the logs at these paths; `zone` and `time_format` settle what a sample may not tell.

    Raises UsageError for one of these that cannot be used, or a log without records, LogError as for any log.
    """
    try:
        if zone is not None:
            parse_zone(zone)
    except ValueError as error:
        raise UsageError(f"--zone: {error}") from None
    try:
        if time_format is not None and time_format not in EPOCHS:
            check_format(time_format)
    except ValueError as error:
        raise UsageError(f"--time-format: {error}") from None
    taken = sample(paths, MOST)
    if not taken.members:
        raise UsageError("the logs hold no records to propose a mapping from", f"they were read as {taken.format}")
    return _Proposing(taken, zone, time_format).proposal()


class _Proposing:
    """Makes one proposal."""

    def __init__(self, taken: Sample, zone: str | None, time_format: str | None) -> None:
        self._sample, self._zone, self._format = taken, zone, time_format
        self._count = len(taken.members)
        self._placed: list[Placed] = []
        self._open: list[str] = []
        self._used: set[str] = set()
        self._notes: dict[str, str] = {}
        self._mapping: dict[str, Any] = {}
        self._time = Reading(None, False, "")
        self._all = _members(taken.members)
        order = {path: place for place, path in enumerate(taken.columns)}
        # a table's columns in their order, else by name: the order of an object's members means nothing
        ordered = sorted(self._all.values(), key=lambda one: (order.get(one.path, len(order)), one.path))
        self._members = [one for one in ordered if all(one.path.split("."))]
        self._nameless = [one for one in ordered if not all(one.path.split("."))]

    def proposal(self) -> Proposal:
        base = self._base()
        if base is None:
            self._by_rules()
        else:
            self._by_base(*base)
        mapping, accepted, rejected = self._tried()
        sample = self._sample
        types: Counter[str] = Counter(one.type for one in accepted)
        left = [] if mapping is None else self._left(mapping)
        return Proposal(
            VERSION, ToolOf("checker", __version__), list(sample.names), sample.format, self._count, sample.whole,
            sample.unreadable, len(accepted), not self._open and len(accepted) == self._count, self._mapping,
            self._placed, left, dict(sorted(types.items())), self._open, rejected,
        )  # fmt: skip

    def _place(self, name: str, value: Any, confidence: str, reason: str) -> None:
        self._placed.append(Placed(name, value, confidence, reason))
        self._mapping[name] = value
        if confidence == OPEN:
            self._open.append(f"{name}: {reason}")

    def _everywhere(self, *paths: str) -> bool:
        return all(path in self._all and self._all[path].records == self._count for path in paths)

    # ---- formats that are known ----

    def _base(self) -> tuple[str, str] | None:
        if self._sample.format == "XES":
            return "xes", "the log is XES"
        if self._everywhere("time", "class_uid", "type_uid") and self._all["time"].is_whole(False):
            return "ocsf", "every record has `class_uid`, `type_uid` and a `time` in milliseconds, as OCSF asks"
        if self._everywhere("@timestamp") and "event.action" in self._all:
            return "ecs", "every record has `@timestamp`, and there is `event.action`, as in ECS"
        if {"User", "Task", "Start date", "Start time", "End date", "End time"} <= set(self._sample.columns):
            return "timesheet", "the columns are those of a time sheet"
        return None

    def _by_base(self, base: str, reason: str) -> None:
        self._place("base", base, SURE, reason)
        fitting = Mapping.model_validate({"base": base})
        parts = {part for parts in fitting.join.values() for part in parts}
        self._used |= parts
        for role, path in fitting.paths().items():
            if path and path in self._all:
                self._used.add(path)
                told = self._of(self._all[path])
                self._placed.append(Placed(role, path, SURE, f"by {base}: {told}"))
            elif path and path not in fitting.join:
                consequence = "; no missing record can be known by its number" if role == "seq" else ""
                self._placed.append(Placed(role, path, LIKELY, f"by {base}; no record has it{consequence}"))
        if base == "timesheet":
            values = _joined(self._sample.members, fitting.join["start"])
            self._zone_of(self._reading_of("start", values) or Reading(None, True, ""))
        elif self._zone is not None:
            self._place("zone", self._zone, SURE, "as told")
        if base == "ocsf":
            numbers = {str(value) for value in self._all["type_uid"].values}
            unnamed = sorted(number for number in numbers if number not in fitting.types)
            if unnamed:
                self._place("types", {n: n for n in unnamed}, LIKELY, "types without a name in it: give them one")

    # ---- any other ----

    def _by_rules(self) -> None:
        self._place_time()
        self._place_named("type", self._fit_for_type)
        if "type" not in self._mapping:
            self._place_type_unnamed()
        self._place_named("subject", lambda one: one.texts)
        if "subject" not in self._mapping:
            self._place_no_subject()
        self._place_named("id", lambda one: one.texts and one.distinct == self._count == one.records)
        self._place_named("source", lambda one: one.texts and self._repeats(one))
        self._place_named("seq", lambda one: one.is_whole(self._sample.texts))
        if "seq" in self._mapping:
            self._look_at_numbers()
        for role in ("recorded_at", "received_at"):
            self._place_named(role, self._is_time_alike)
        self._place_data()
        for role in ("type", "subject", "id", "source", "seq", "recorded_at", "received_at", "data"):
            if role not in {placed.name for placed in self._placed}:
                self._mapping[role] = ""
        self._place_values()

    def _of(self, member: _Member) -> str:
        """What was seen of a member, in words."""
        where = (
            "in every record" if member.records == self._count else f"in {member.records:,} of {self._count:,} records"
        )
        return f"{member.kind or 'a collection'} {where}"

    def _repeats(self, member: _Member) -> bool:
        return member.distinct < member.records or self._count < 4

    def _grouping(self, member: _Member) -> bool:
        return (
            member.path not in self._used and member.texts and member.records == self._count
            and 1 < member.distinct <= self._count // 2
        )  # fmt: skip

    def _ranked(self, role: str, fits: Callable[[_Member], bool]) -> list[tuple[tuple[int, int, int], _Member]]:
        found = [
            (rank, one) for one in self._members
            if one.path not in self._used and one.values and (rank := _rank(role, one)) is not None and fits(one)
        ]  # fmt: skip
        return sorted(found, key=lambda pair: pair[0])

    def _place_named(self, role: str, fits: Callable[[_Member], bool]) -> None:
        """Give a role to the member whose name speaks for it first, among those whose values fit."""
        ranked = self._ranked(role, fits)
        for one in self._members:
            if one.path not in self._used and one.values and not fits(one) and _rank(role, one) == (0, 0, 1):
                self._notes[one.path] = f"no `{role}`: {self._why_not(role, one)}"
        if not ranked:
            return
        rank, best = ranked[0]
        others = [one.path for (kind, _, _), one in ranked[1:] if kind <= rank[0]]
        told = self._of(best)
        if others and rank[:2] != (0, 0):
            told += f"; {', '.join(map(shown, others[:5]))} could be it too"
        sure = rank[0] == 0 and (rank[1] == 0 or not others) and (role != "type" or best.records == self._count)
        self._used.add(best.path)
        self._place(role, best.path, SURE if sure else LIKELY, told)

    def _why_not(self, role: str, one: _Member) -> str:
        if role in ("recorded_at", "received_at"):
            return f"not an exact time written as those of `time` ({self._of(one)})"
        if role == "id" and one.texts:
            return "its values come again" if one.records == self._count else f"it is {self._of(one)}"
        if role == "type" and one.texts:
            return "its values hardly come again"
        wanted = {"seq": "whole numbers from 0"}.get(role, "texts")
        return f"{wanted} are asked for, found {one.kind}"

    # ---- times ----

    def _place_time(self) -> None:
        spare = {*_folded("recorded_at"), *_folded("received_at")}
        found: list[tuple[Any, _Member, list[Reading]]] = []
        for one in self._members:
            readings = self._readings(one.values) if one.values and not one.kinds.keys() & {"flag", "list"} else []
            if readings:
                rank = _rank("time", one) or (2, 0, one.depth)
                found.append(((one.records < self._count, _folded_name(one.path) in spare, rank), one, readings))
        found.sort(key=lambda each: each[0])
        days = [one for one in self._members if one.texts and one.values and self._holds_days(one)]
        if days and self._place_joined(days):
            return
        if not found:
            self._no_time()
            return
        key, best, readings = found[0]
        named, alone = key[2][0] < 2, len(found) == 1
        told = self._of(best)
        if not alone:
            further = ", ".join(shown(one.path) for _, one, _ in found[1:6])
            told += f"; {further} {'are times' if len(found) > 2 else 'is a time'} as well"
        if not named and not alone:
            told = f"no name tells which is the time of the event; {told}"
        sure = (named or alone) and not key[0] and not key[1]
        self._used.add(best.path)
        self._place("time", best.path, SURE if sure else LIKELY, told)
        self._settle(best.values, readings)

    def _holds_days(self, one: _Member) -> bool:
        readings = readings_of(one.values, self._sample.texts)
        return bool(readings) and all(is_day(reading) for reading in readings)

    def _no_time(self) -> None:
        named = [one for one in self._members if (_rank("time", one) or (2,))[0] < 2 and one.values]
        for one in named[:1]:
            example = shown(str(one.values[0]))
            why = "they give no year" if _NO_YEAR.fullmatch(str(one.values[0])) else "in no way that is known"
            self._used.add(one.path)
            self._place("time", one.path, OPEN, f"its values cannot be read as times, {why}: {example}")
            return
        self._used.add("time")
        self._place("time", "time", OPEN, "no member holds times that can be read")

    def _readings(self, values: Sequence[Any]) -> list[Reading]:
        """How all of these values can be read as times; each meaning once."""
        if self._format is not None:
            return self._told_reading(values)
        return readings_of(values, self._sample.texts)

    def _told_reading(self, values: Sequence[Any]) -> list[Reading]:
        assert self._format is not None  # noqa: S101 - asked by the caller
        if self._format in EPOCHS:
            fits = all(is_number(value, self._sample.texts) for value in values)
            return [Reading(self._format, False, "as told")] if fits else []
        try:
            meaning = tuple(parse_format(value, self._format, UTC) for value in values)
        except (ValueError, TypeError):
            return []
        return [Reading(self._format, not has_offset(self._format), "as told", meaning)]

    def _settle(self, values: Sequence[Any], readings: list[Reading]) -> None:
        reading = self._decided(readings)
        if reading is None:
            return
        if reading.format is not None:
            self._place("time_format", reading.format, LIKELY if reading.likely else SURE, reading.told)
        self._zone_of(reading)

    def _reading_of(self, name: str, values: Sequence[Any]) -> Reading | None:
        """The one reading of the times of a member that is made; it is placed."""
        readings = self._readings(values) if values else []
        if not readings:
            self._place("time_format", None, OPEN, f"{name} cannot be read as times: {shown(str((values or [''])[0]))}")
            return None
        reading = self._decided(readings)
        if reading is not None and reading.format is not None:
            self._place("time_format", reading.format, LIKELY if reading.likely else SURE, reading.told)
        return reading

    def _decided(self, readings: list[Reading]) -> Reading | None:
        """The one reading, or nothing where several fit: then all are told."""
        if len(readings) == 1:
            self._time = readings[0]
            return readings[0]
        ordered = [one for one in readings if list(one.meaning) == sorted(one.meaning)]
        told = " and ".join(f"{one.format}" for one in readings)
        clue = f"; only read as {ordered[0].format} are the records in the order of time" if len(ordered) == 1 else ""
        self._time = readings[0]
        self._place(
            "time_format", None, OPEN,
            f"the sample fits {told}, which mean different times{clue}; say which with --time-format",
        )  # fmt: skip
        if any(one.zoned for one in readings):
            self._zone_of(readings[0])
        return None

    def _zone_of(self, reading: Reading) -> None:
        if self._zone is not None:
            self._place("zone", self._zone, SURE, "as told")
            return
        if not reading.zoned:
            return
        for one in self._members:
            if _folded_name(one.path) in _ZONES and one.texts and one.distinct == 1 and one.records == self._count:
                try:
                    parse_zone(one.values[0])
                except ValueError:
                    continue
                self._place("zone", one.values[0], LIKELY, f"{shown(one.path)} says so in every record of the sample")
                return
        self._place("zone", None, OPEN, "times have no offset, and no sample can tell their zone; say it with --zone")

    def _place_joined(self, days: list[_Member]) -> bool:
        """Make times of members that hold dates and others that hold times of day, if there are such."""
        clocks = [
            one for one in self._members
            if one.texts and one.values and all(_TIME_OF_DAY.fullmatch(value) for value in one.values)
        ]  # fmt: skip
        made: list[tuple[str, tuple[str, str], bool]] = []
        for clock in clocks:
            stem = _stem(clock.path)
            of_same = [day for day in days if _stem(day.path) == stem]
            day = of_same[0] if len(of_same) == 1 else days[0] if len(days) == 1 else None
            if day is not None and (of_same or stem not in ("duration", "length", "hours")):
                made.append((stem or "at", (day.path, clock.path), bool(of_same)))
        taken = {one.path for one in self._members}
        made = [(_free(name, taken), parts, sure) for name, parts, sure in made]
        if not made or len({name for name, _, _ in made}) < len(made):
            return False
        order = ("start", "begin", "from", "in", "at", "event")
        made.sort(key=lambda each: order.index(each[0]) if each[0] in order else len(order))
        name, parts, sure = made[0]
        told = "; ".join(f"{name} of {shown(day)} and {shown(clock)}" for name, (day, clock), _ in made)
        join = {name: list(parts) for name, parts, _ in made}
        self._place(
            "join",
            join,
            SURE if all(each[2] for each in made) else LIKELY,
            f"dates and times of day stand apart: {told}",
        )
        self._used |= {part for _, parts, _ in made for part in parts}
        values = _joined(self._sample.members, parts)
        everywhere = len(values) == self._count
        reason = "the first of these" if len(made) > 1 else "the only time"
        self._place("time", name, SURE if everywhere and sure else LIKELY, reason)
        reading = self._reading_of(name, values)
        if reading is not None:
            self._zone_of(reading)
            self._look_at_midnight(reading, parts, [parts for _, parts, _ in made[1:]])
        return True

    def _look_at_midnight(self, reading: Reading, start: Sequence[str], ends: Sequence[Sequence[str]]) -> None:
        """Tell where an end stands before its start, as with one date for both that of the next day does."""
        for end in ends:
            before = 0
            for record in self._sample.members:
                both = [_joined([record], parts) for parts in (start, end)]
                if all(both):
                    first, last = (read_as(texts[0], reading.format) for texts in both)
                    before += first is not None and last is not None and last < first
            if before:
                placed = next(one for one in self._placed if one.name == "join")
                placed.confidence = LIKELY
                where = "1 record" if before == 1 else f"{before:,} records"
                placed.reason += (
                    f"; in {where} {shown(end[1])} lies before {shown(start[1])}: after midnight of which day?"
                )

    def _is_time_alike(self, one: _Member) -> bool:
        """Whether a member holds exact times written as the time of the event is."""
        readings = self._readings(one.values)
        return any(r.format == self._time.format and r.zoned == self._time.zoned for r in readings) and all(
            low == high for r in readings[:1] for low, high in r.meaning
        )

    # ---- types and the rest ----

    def _fit_for_type(self, one: _Member) -> bool:
        if not (one.texts or set(one.kinds) == {"whole number"}):
            return False
        weak = _folded_name(one.path.rpartition(".")[2]) in _WEAK
        return not weak or self._count < 4 or one.distinct <= max(self._count // 2, 2)

    def _place_type_unnamed(self) -> None:
        others = ("subject", "id", "source", "recorded_at", "received_at")
        likely = sorted(
            (one.distinct, one.path) for one in self._members
            if self._grouping(one) and all(_rank(role, one) is None for role in others)
        )  # fmt: skip
        if not likely:
            free = next(name for name in ("type", "event_type", "what") if name not in self._used)
            self._used.add(free)
            told = (
                "no member says what happened (texts in every record, of which some come again); if all records are of "
                "one type, say which as `type_of_all` instead"
            )
            self._place("type", free, OPEN, told)
            return
        distinct, path = likely[0]
        told = f"by no name: of texts in every record it has the fewest values ({distinct})"
        if further := [other for _, other in likely[1:5]]:
            told += f"; could also be {', '.join(map(shown, further))}"
        self._used.add(path)
        self._place("type", path, LIKELY, told)

    def _look_at_numbers(self) -> None:
        path = self._mapping["seq"]
        numbers: dict[Any, set[int]] = {}
        twice = 0
        source = self._mapping.get("source", "")
        for record in self._sample.members:
            value = _get(record, path)
            if value is not None and value != "":
                seen = numbers.setdefault(_get(record, source) if source else None, set())
                twice += int(value) in seen
                seen.add(int(value))
        missing = sum(max(seen) - min(seen) + 1 - len(seen) for seen in numbers.values())
        placed = next(one for one in self._placed if one.name == "seq")
        if twice:
            placed.confidence = LIKELY
            again = "1 number comes" if twice == 1 else f"{twice:,} numbers come"
            placed.reason += f"; {again} again for one source, as numbers of records do not"
        elif missing:
            placed.confidence = LIKELY
            skipped = "1 number is" if missing == 1 else f"{missing:,} numbers are"
            placed.reason += f"; {skipped} skipped, which would count as records that are missing"

    def _place_no_subject(self) -> None:
        """Where something may tell several things apart, all records are not taken for those of one unasked."""
        others = ("source", "recorded_at", "received_at")
        likely = [
            one.path for one in self._members
            if self._grouping(one) and all(_rank(role, one) is None for role in others)
        ]  # fmt: skip
        if not likely:
            self._place("subject", "", LIKELY, "no member has a name of what an event is about")
            return
        told = " or ".join(map(shown, likely[:5]))
        first = likely[0] if re.fullmatch(r"[A-Za-z_][\w.-]*", likely[0]) else json.dumps(likely[0], ensure_ascii=False)
        reason = (
            f"several things may be told apart by {told}; without a subject all records are of one. "
            f'Say `subject: {first}`, or `subject: ""` if that is meant'
        )
        self._placed.append(Placed("subject", "", OPEN, reason))
        self._open.append(f"subject: {reason}")

    def _place_data(self) -> None:
        for one in self._members:
            if one.depth == 1 and _rank("data", one) is not None and set(one.kinds) == {"object"}:
                self._used.add(one.path)
                self._place("data", one.path, SURE, f"holds the fields: {self._of(one)}")
                return
        if any(column.startswith("data.") for column in self._sample.columns):
            self._place("data", "data", SURE, "columns `data.…` hold the fields")

    def _place_values(self) -> None:
        """What says in place of values that there is none, and names for types that are numbers."""
        found = {}
        for one in self._members:
            if one.path in self._used and one.path != self._mapping.get("subject"):
                continue
            absent = sorted({value for value in one.values if value in _ABSENT and isinstance(value, str)})
            others = [value for value in one.values if value not in absent]
            numeric = others and all(is_number(value, True) for value in others)
            if absent and (numeric or one.path == self._mapping.get("subject")):
                found[one.path] = absent
        if found:
            self._place("sentinels", found, LIKELY, "texts in place of values")
        whole = self._all.get(self._mapping["type"])
        if whole is not None and set(whole.kinds) == {"whole number"}:
            names = {str(value): str(value) for value in sorted(set(whole.values))}
            self._place("types", names, LIKELY, "types are numbers: give them names")

    # ---- the whole ----

    def _tried(self) -> tuple[Mapping | None, list[Record], list[str]]:
        """The mapping, the records of the sample that it reads, and why it does not read others."""
        self._mapping = {name: value for name, value in self._mapping.items() if value is not None}
        try:
            mapping = Mapping.model_validate(self._mapping)
        except ValidationError as error:  # what was chosen for two roles at once
            self._open += [str(each["msg"]) for each in error.errors()]
            return None, [], []
        take = acceptance(mapping, texts=self._sample.texts)
        accepted: list[Record] = []
        reasons: list[str] = []
        kinds: set[str] = set()
        for number, members in enumerate(self._sample.members, 1):
            entry = take(Location("", number), copy.deepcopy(members))
            if isinstance(entry, Record):
                accepted.append(entry)
            elif (alike := re.sub(r"'[^']*'", "", entry.reason)) not in kinds and len(reasons) < 3:
                kinds.add(alike)
                reasons.append(entry.reason)
        return mapping, accepted, reasons

    def _left(self, mapping: Mapping) -> list[Left]:
        """The members that stay fields; those within the object of fields by their names there."""
        roles = {path for path in mapping.paths().values() if path} | self._used
        holder = f"{mapping.data}." if mapping.data else "\0"
        note = "" if mapping.time_format is None else "a rulebook reads instants in fields as RFC 3339 only"
        left = [
            Left(str(name), "text", len(_joined(self._sample.members, parts)), note)
            for name, parts in mapping.join.items() if name not in roles
        ]  # fmt: skip
        for one in self._members:
            if one.path in roles or set(one.kinds) == {"object"}:
                continue
            name = mapping.rename.get(one.path, one.path.removeprefix(holder))
            left.append(Left(str(name), one.kind, one.records, self._notes.get(one.path, "")))
        left += [Left(one.path, one.kind, one.records, "a mapping cannot name it") for one in self._nameless]
        return left


# ---- members ----


def _members(records: Iterable[dict[str, Any]]) -> dict[str, _Member]:
    found: dict[str, _Member] = {}
    for record in records:
        for path, depth, value in _flat(record):
            one = found.get(path)
            if one is None:
                one = found[path] = _Member(path, depth)
            if value is None or value == "":
                continue
            one.records += 1
            one.kinds[_KINDS.get(type(value), "list")] += 1
            if not isinstance(value, dict | list):
                one.values.append(value)
    return found


_KINDS: dict[type, str] = {
    str: "text", int: "whole number", Decimal: "number", bool: "flag", dict: "object", list: "list",
}  # fmt: skip


def _flat(members: dict[str, Any], before: str = "", depth: int = 1) -> Iterator[tuple[str, int, Any]]:
    for name, value in members.items():
        path = before + name
        yield path, depth, value
        if isinstance(value, dict) and depth < _DEEP and all(part for part in path.split(".")):
            yield from _flat(value, f"{path}.", depth + 1)


def _get(members: dict[str, Any], path: str) -> Any:
    if path in members:
        return members[path]
    for part in path.split("."):
        if not isinstance(members, dict):
            return None
        members = members.get(part)  # type: ignore[assignment]
    return members


def _folded_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _folded(role: str) -> list[str]:
    return [_folded_name(name) for name in _NAMES[role]]


def _rank(role: str, member: _Member) -> tuple[int, int, int] | None:
    """How much the name of a member speaks for a role, the least most; None if it does not. A whole name is sure."""
    names = _folded(role)
    whole, last = _folded_name(member.path), _folded_name(member.path.rpartition(".")[2])
    if whole in names:
        return 0, names.index(whole), member.depth
    return (1, names.index(last), member.depth) if last in names else None


def _stem(name: str) -> str:
    """What is left of the name of a date or a time of day without these words."""
    return _folded_name(re.sub(r"date|time|day|clock", "", name.casefold()))


def _free(name: str, taken: set[str]) -> str:
    return f"{name}_at" if name in taken else name


def _joined(records: Sequence[dict[str, Any]], parts: Sequence[str]) -> list[str]:
    found = ([_get(record, part) for part in parts] for record in records)
    return [" ".join(texts) for texts in found if all(isinstance(text, str) and text for text in texts)]
