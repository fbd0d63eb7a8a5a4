"""The fast way from a block to rows: all lines that have a layout at once, the others left to the slow reader."""

from itertools import compress
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np
from jiter import from_json

from checker.columns import Mask, Whole
from checker.scan.codes import Codes, Question
from checker.scan.instants import instants
from checker.scan.layout import Layouts
from checker.scan.part import Part, Rows
from checker.scan.plan import UNSET, Decoded, NoPlan, Plan, values_of
from checker.scan.taking import NEVER, Envelope, Group, Taker, joined_arrays

_LOOK = 300  # lines of the first block to learn from
_SAMPLE = 64  # of each block after it, as long as they teach something
_STEP = 1024  # records that are decoded at a time: few enough to stay near at hand
_RENEWALS = 200  # how often a log teaches something before its lessons are ignored
_COLON = b'":'


class Lines(NamedTuple):
    """Lines of a block that are to be decoded: which they are, and their bytes."""

    at: Any
    data: list[bytes]


class Fast:
    """Decodes what it has learned to; each block may teach more."""

    def __init__(self, question: Question, codes: Codes) -> None:
        self._question, self._codes = question, codes
        self._layouts = Layouts(question.mapping)
        self._plans: list[Plan] = []
        self._places: dict[type, int] = {type(None): 0}
        self._decode: Any = None
        self._news = False
        self._renewals = 0
        self._began = False
        self._sample = _SAMPLE
        self._taker = Taker(question, codes)

    def rows(self, number: int, data: bytes, lines: list[bytes], part: Part) -> tuple[Rows | None, Any]:
        """Rows of the lines that could be decoded, in any order, and the places of all others."""
        every = range(len(lines))
        if not self._layouts.possible:
            return None, every
        if not self._began:
            self._began = True
            self.learn(lines[:: max(1, len(lines) // _LOOK)])
        self._renew()
        if self._decode is None:
            return None, every
        odd = odd_lines(data, len(lines))
        at: Any = np.arange(len(lines)) if odd is None else np.flatnonzero(~odd)
        given = lines if odd is None else [lines[place] for place in at.tolist()]
        table = _Envelope(self._plans, self._codes, with_subjects=self._question.shown)
        looked = np.array([False, *(plan.looked_at for plan in self._plans)], np.bool_)
        kept: list[Any] = []
        found = []
        for start in range(0, len(given), _STEP):
            records = self._decoded(given[start : start + _STEP])
            few = np.fromiter(map(self._places.__getitem__, map(type, records)), np.int16, len(records))
            found.append(few)
            if not few.all():
                records = [record for record in records if record is not None]
            table.add(records)
            kept += compress(records, looked[few[few > 0]].tolist())
        places = joined_arrays(found, np.int16)
        rows = self._taken(number, data if odd is None else None, Lines(at, given), table, kept, places, part)
        slow: list[int] = []
        if rows is None or len(rows.lines) < len(lines):
            left = np.ones(len(lines), np.bool_)
            if rows is not None:
                left[rows.lines - number] = False
            slow = np.flatnonzero(left).tolist()
        failed = at[places == 0]
        if len(failed):
            step = max(1, len(failed) // self._sample)
            self.learn([lines[place] for place in failed[::step].tolist()])
        return rows, slow

    def learn(self, lines: list[bytes]) -> None:
        """Take note of what these lines hold."""
        news = False
        for line in lines:
            try:
                members = from_json(line, catch_duplicate_keys=True, allow_inf_nan=False, float_mode="decimal")
            except ValueError:
                continue
            news |= self._layouts.learn(members)
        self._news |= news
        self._sample = _SAMPLE if news else max(4, self._sample // 2)

    def renew(self) -> None:
        """Begin anew with the codes of values; what was learned of layouts stays."""
        self._plan()

    def _renew(self) -> None:
        if not self._news or self._renewals > _RENEWALS:
            return
        self._renewals += 1
        self._plan()

    def _plan(self) -> None:
        self._news = False
        plans = []
        for layout in self._layouts.all():
            name = self._question.our_name(layout.name)
            fields = self._codes.fields if self._question.wants(name) else None
            try:
                plans.append(Plan(layout, name, self._question.catalogue, self._question.registers, fields))
            except NoPlan:
                continue
        self._plans = plans
        self._places = {plan.layout.record: place for place, plan in enumerate(plans, 1)} | {type(None): 0}
        if plans:
            records: Any = tuple(plan.layout.record for plan in plans)
            self._decode = msgspec.json.Decoder(_any_of(records)).decode

    def _decoded(self, lines: list[bytes]) -> list[Any]:
        """The record of each line, None where it has no layout."""
        records: list[Any] = []
        left = iter(lines)
        decode, extend, append = self._decode, records.extend, records.append
        while len(records) < len(lines):
            try:
                extend(map(decode, left))
            except (msgspec.MsgspecError, ValueError, RecursionError):
                append(None)
        return records

    def _taken(
        self,
        number: int,
        data: bytes | None,
        lines: Lines,
        table: "_Envelope",
        kept: list[Any],
        places: Any,
        part: Part,
    ) -> Rows | None:
        which = np.flatnonzero(places)
        if not len(which):
            return None
        failed = np.flatnonzero(places == 0)
        places = places[which]
        looked = np.array([False, *(plan.looked_at for plan in self._plans)], np.bool_)[places]
        spot = np.cumsum(looked) - 1  # of each record in `kept`
        counts = np.bincount(places, minlength=len(self._plans) + 1)
        groups = []
        for place in np.flatnonzero(counts).tolist():
            plan = self._plans[place - 1]
            if not plan.looked_at:
                groups.append(_Group(plan, int(counts[place]), None, [], []))
                continue
            at = np.flatnonzero(places == place)
            mine = [kept[one] for one in spot[at].tolist()]
            groups.append(_Group(plan, len(mine), at, mine, [one.data for one in mine] if plan.layout.has_data else []))
        good = np.ones(len(which), np.bool_)
        self._once(data, lines, failed, which, places, groups, good)

        texts = table.times
        earliest, fits = instants(texts)
        if not fits.all():
            self._taker.times(texts.__getitem__, earliest, fits, good)
        moments = [self._moments(table, role, good) for role in ("recorded_at", "received_at")]
        sources = table.sources()

        def shown(inside: Mask) -> Any:
            pairs = zip(sources.tolist(), table.subjects, strict=True)
            met = set(pairs if inside.all() else compress(pairs, inside.tolist()))  # few differ: the rest is for these
            return ((source, text) for source, text in met if text is not UNSET)

        envelope = Envelope(
            number + lines.at[which], earliest, places, sources, table.seqs(), table.hashes(), table.bare,
            moments[0], moments[1], good, shown,
        )  # fmt: skip
        taken = (Group(plan, at, Decoded(mine, inner)) for plan, _, at, mine, inner in groups if at is not None)
        return self._taker.rows(self._plans, envelope, taken, part)

    def _once(
        self, data: bytes | None, lines: Lines, failed: Any, which: Any, places: Any, groups: "list[_Group]", good: Mask
    ) -> None:
        """Strike out records that give a name twice: what is decoded does not show it, how many names there are does.

        No text holds an escape, so that a quote and a colon stand after each name at least (blanks between them made
        the line odd).
        """
        expected = sum(group.many * group.plan.layout.members + int(_less(group).sum()) for group in groups)
        if data is not None:
            buffer = np.frombuffer(data, np.uint8)
            found = int(np.count_nonzero((buffer[:-1] == 34) & (buffer[1:] == 58)))
        else:
            found = sum(line.count(_COLON) for line in lines.data)
        found -= sum(lines.data[at].count(_COLON) for at in failed.tolist())
        if found == expected:
            return
        counts = np.fromiter((lines.data[at].count(_COLON) for at in which.tolist()), np.int64, len(which))
        names = np.array([0, *(plan.layout.members for plan in self._plans)], np.int64)[places]
        for group in groups:
            if group.at is not None:
                names[group.at] += _less(group)
        good &= counts == names

    def _moments(self, table: "_Envelope", role: str, good: Mask) -> Whole:
        """The instants of a member that has room for one; `NEVER` where there is none."""
        found = np.full(len(good), NEVER, np.int64)
        if not table.has(role):
            return found
        values = table.moments[role]
        there = [at for at, text in enumerate(values) if type(text) is str and text]
        fits = np.ones(len(good), np.bool_)
        found[there], fits[there] = instants([values[at] for at in there])
        self._taker.moments(values.__getitem__, np.array(there, np.int64), found, fits, good)
        return found


class _Group(NamedTuple):
    """The records of one layout in a block, where they are, and their data; without them if nobody asks."""

    plan: Plan
    many: int
    at: Any
    records: list[Any]
    data: list[Any]


class _Envelope:
    """The envelope members of decoded records; `UNSET` where there is none."""

    def __init__(self, plans: list[Plan], codes: Codes, *, with_subjects: bool) -> None:
        self._plans, self._codes = plans, codes
        self.times: list[str] = []
        self.subjects: list[Any] = []
        self.moments: dict[str, list[Any]] = {role: [] for role in ("recorded_at", "received_at") if self.has(role)}
        self.bare: list[int] = []
        """Which records have no id."""
        self._lists: list[tuple[Any, list[Any]]] = [(attrgetter("time"), self.times)]
        self._lists += [(attrgetter(role), values) for role, values in self.moments.items()]
        if with_subjects:
            self._lists.append((attrgetter("subject"), self.subjects))
        self._hashes: list[Any] = []
        self._sources: list[Any] = []
        self._seqs: list[Any] = []
        self._ids_loose, self._sources_loose, self._seqs_loose = map(self.loose, ("id", "source", "seq"))
        self._size = 0

    def add(self, records: list[Any]) -> None:
        """Take the envelopes of some more records, which need not be kept."""
        count = len(records)
        for of, values in self._lists:
            values.extend(map(of, records))
        ids = list(map(attrgetter("id"), records))
        if self._ids_loose or "" in ids:
            self.bare += [self._size + at for at, given in enumerate(ids) if not given or given is UNSET]
        self._hashes.append(np.fromiter(map(hash, ids), np.int64, count))
        sources: Any = map(attrgetter("source"), records)
        if self._sources_loose:
            sources = (None if text is UNSET else text for text in sources)
        code = self._codes.sources.texts_or_none.__getitem__
        self._sources.append(np.fromiter(map(code, sources), np.int32, count))
        seqs: Any = map(attrgetter("seq"), records)
        if self._seqs_loose:
            seqs = (-1 if seq is None or seq is UNSET else seq for seq in seqs)
        self._seqs.append(np.fromiter(seqs, np.int64, count))
        self._size += count

    def has(self, role: str) -> bool:
        """Whether any layout has the member."""
        return any(role in plan.layout.roles for plan in self._plans)

    def loose(self, role: str) -> bool:
        """Whether some record may be without the member."""
        members = [plan.layout.roles.get(role) for plan in self._plans]
        return any(member is None or member.optional or "n" in member.kinds for member in members)

    def hashes(self) -> Any:
        """The hash of each id."""
        return joined_arrays(self._hashes, np.int64).view(np.uint64)

    def sources(self) -> Any:
        """The code of each record's source."""
        return joined_arrays(self._sources, np.int32)

    def seqs(self) -> Whole:
        """The number of each record, -1 where it has none."""
        found: Whole = joined_arrays(self._seqs, np.int64)
        return found


def odd_lines(data: bytes, count: int, *, blanks: bool = True) -> Mask | None:
    """Lines with what decoding might take otherwise than the slow reader: None if there is none.

    `blanks`: those between a name and its colon are such.
    """
    buffer = np.frombuffer(data, np.uint8)
    feeds = count if data.endswith(b"\n") else count - 1
    marks: list[Any] = []
    if b"\\" in data:
        marks.append(np.flatnonzero(buffer == 92))
    if int(np.count_nonzero(buffer < 32)) != feeds:
        controls = np.flatnonzero((buffer < 32) & (buffer != 10))
        ends = np.append(buffer, 10)[controls + 1] == 10
        marks.append(controls[~((buffer[controls] == 13) & ends)])
    if blanks:
        apart = (buffer[:-1] == 32) & (buffer[1:] == 58)
        if apart.any():
            marks.append(np.flatnonzero(apart))
    foreign = False
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            foreign = True
    if not marks and not foreign:
        return None
    starts = np.concatenate(([0], np.flatnonzero(buffer == 10) + 1))
    odd = np.zeros(count, np.bool_)
    for found in marks:
        odd[np.searchsorted(starts, found, side="right") - 1] = True
    if foreign:
        for at, line in enumerate(data.split(b"\n")[:count]):
            try:
                line.decode()
            except UnicodeDecodeError:
                odd[at] = True
    return odd


def _less(group: _Group) -> Any:
    """How many names records have beyond those of their layout: fewer where members are absent, more within values."""
    less = np.zeros(len(group.records), np.int64)
    for member in group.plan.optional:
        values = map(attrgetter(member.attribute), group.data if member.inner else group.records)
        less -= np.fromiter((value is UNSET for value in values), np.int64, len(less))
    for member in group.plan.written:
        written = values_of(member, group.data if member.inner else group.records)
        less += np.fromiter((0 if v is UNSET else v.count(_COLON) for v in written), np.int64, len(less))
    return less


def _any_of(records: tuple[type, ...]) -> Any:
    from typing import Union

    return Union[records]  # noqa: UP007 - of as many as there are
