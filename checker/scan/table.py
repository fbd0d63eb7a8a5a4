"""From columns of a log to rows: what a column holds is looked at once for each of its distinct values."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Members
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np

from checker.catalogue import ENVELOPE
from checker.columns import Code, Mask, Whole
from checker.scan.codes import Codes, Question
from checker.scan.layout import MAX_LAYOUTS, Layout, Member
from checker.scan.part import Part, Rows
from checker.scan.plan import UNSET, NoPlan, OrAbsent, Plan
from checker.scan.taking import NEVER, Envelope, Group, Taker

_MOMENTS = ("recorded_at", "received_at")


class Column(Protocol):
    """A member of all records of a block. Nothing that is said of records that are odd means anything."""

    @property
    def there(self) -> Mask:
        """Which records have it, with a value that is no empty text."""

    @property
    def given(self) -> Mask:
        """Which records have it at all: an empty text too, where texts can be empty."""

    def encoded(self) -> tuple[Any, Sequence[Any]]:
        """The place of each record's value among a few; `UNSET` is the value where there is none."""

    def texts(self) -> list[str]:
        """The text of each, empty where there is none."""

    def one(self, at: int, /) -> Any:
        """The value of one record."""

    def instants(self) -> tuple[Whole, Mask]:
        """Whole microseconds of each text, and whether it has a plain form."""

    def counts(self) -> tuple[Whole, Mask]:
        """Whole numbers from 0 to below 2^62, and which ones are such."""


class Shape:
    """What the columns of one log are, by the names under which they are asked for."""

    def __init__(self, columns: Sequence[tuple[bool, str, str]], paths: Members[str, str]) -> None:
        """Of each column whether it is a member of the data, its name, and the kind of its values (none: any)."""
        roles = {path: role for role, path in paths.items() if path and role != "data"}
        self.roles: dict[str, Member] = {}
        self.fields: dict[str, Member] = {}
        self.strange: list[str] = []
        """Columns that make a record odd where it has them."""
        self.fits = len(roles) == sum(bool(path) for role, path in paths.items() if role != "data")
        """Whether columns say all there is to say of these records."""
        for at, (inner, name, kind) in enumerate(columns):
            member = Member(str(at), frozenset(kind), True, inner)
            role = None if inner else roles.get(name)
            if role is not None:
                self.fits &= kind == "s" or (role == "seq" and kind == "i")
                self.roles[role] = member
            elif name in ENVELOPE or not kind:
                self.strange.append(member.attribute)
            else:
                self.fits &= name not in self.fields  # beside the data and in it
                self.fields[name] = member


class Limb(NamedTuple):
    """Records of a table that have columns of their own beside the envelope, and where they are among all."""

    shape: Shape
    at: Any
    columns: Members[str, Column]


class Table:
    """Makes rows of blocks of columns; what it learns of one block serves the next."""

    def __init__(self, question: Question, codes: Codes, shape: Shape, *, texts: bool) -> None:
        """`shape` has the envelope. `texts`: the log has no other type, so that numbers of records are texts."""
        mapping = question.mapping
        self._question, self._codes, self._shape, self._counted = question, codes, shape, texts
        self.fits = shape.fits and not mapping.one_by_one
        """Whether records can be taken from columns at all."""
        if "seq" in shape.roles and shape.roles["seq"].kinds != (frozenset("s") if texts else frozenset("i")):
            self.fits = False
        self._taker = Taker(question, codes)
        self._sources = OrAbsent(codes.sources.texts_or_none, -1)
        self._renew()

    def _renew(self) -> None:
        """Begin anew with the codes of values."""
        self._fields = self._codes.fields
        self._plans: list[Plan] = []
        self._places: dict[int, dict[Any, int]] = {}  # by shape and type

    def rows(
        self, lines: Whole, columns: Members[str, Column], good: Mask, part: Part, limbs: Sequence[Limb] = ()
    ) -> Rows:
        """Rows of the records that need not be left to the slow reader, which `good` tells (and is told).

        Each record is of one of the `limbs`; without any, the shape is that of all.
        """
        if self._fields is not self._codes.fields:
            self._renew()
        roles = {role: columns[member.attribute] for role, member in self._shape.roles.items()}
        count = len(lines)
        for strange in self._shape.strange:
            good &= ~columns[strange].given
        earliest, fits = roles["time"].instants()
        if not fits.all():
            self._taker.times(roles["time"].one, earliest, fits, good)
        seqs, moments = np.full(count, -1, np.int64), []
        if "seq" in roles:
            there = roles["seq"].there
            numbers, whole = roles["seq"].counts()
            seqs[there] = numbers[there]
            good &= whole | ~there
        for role in _MOMENTS:
            found = np.full(count, NEVER, np.int64)
            if role in roles:
                at = np.flatnonzero(roles[role].there & good)
                us, fits = roles[role].instants()
                found[at] = us[at]
                self._taker.moments(roles[role].one, at, found, fits, good)
            moments.append(found)
        hashes, bare = np.zeros(count, np.uint64), np.arange(count)
        if "id" in roles:
            hashes = np.fromiter(map(hash, roles["id"].texts()), np.int64, count).view(np.uint64)
            bare = np.flatnonzero(~roles["id"].there)
        sources = np.full(count, -1, np.int32)
        if "source" in roles:
            sources = answered(*roles["source"].encoded(), self._sources)
        at_types, types = roles["type"].encoded()
        limbs = limbs or [Limb(self._shape, np.arange(count), {})]
        places = np.zeros(count, np.int16)
        for limb in limbs:
            places[limb.at] = self._placed(limb.shape, at_types[limb.at], types)
        good &= places > 0

        def shown(inside: Mask) -> Iterable[tuple[int, Any]]:
            if "subject" not in roles:
                return
            at, subjects = roles["subject"].encoded()
            width = len(subjects)
            pairs = (sources[inside].astype(np.int64) + 1) * width + at[inside]
            many = width * (int(sources.max(initial=-1)) + 2)
            # a mark for each pair there could be, if that is less than sorting those there are
            found = np.flatnonzero(np.bincount(pairs, minlength=many)) if many <= 4 * count else np.unique(pairs)
            for pair in found.tolist():
                if (subject := subjects[pair % width]) is not UNSET:
                    yield pair // width - 1, subject

        envelope = Envelope(
            lines, earliest, places, sources, seqs, hashes, bare, moments[0], moments[1], good, shown
        )  # fmt: skip
        return self._taker.rows(self._plans, envelope, self._groups(places, good, columns, limbs), part)

    def _placed(self, shape: Shape, at: Any, types: Sequence[Any]) -> Any:
        """The plan of each record by place, 0 where there is none."""
        if len(types) > len(at):
            known, at = np.unique(at, return_inverse=True)
            types = [types[one] for one in known.tolist()]
        few = np.bincount(at, minlength=len(types)) > 0
        found = np.zeros(len(types), np.int16)
        places = self._places.setdefault(id(shape), {UNSET: 0})  # a shape lives as long as what it is told by
        for code in np.flatnonzero(few).tolist():
            place = places.get(types[code])
            found[code] = self._planned(types[code], shape, places) if place is None else place
        return found[at]

    def _planned(self, name: str, shape: Shape, places: dict[Any, int]) -> int:
        question = self._question
        place = 0
        if len(places) <= MAX_LAYOUTS and (ours := question.our_name(name)):
            layout = Layout(name, msgspec.Struct, 0, self._shape.roles, shape.fields, True)
            fields = self._codes.fields if question.wants(ours) else None
            try:
                self._plans.append(Plan(layout, ours, question.catalogue, question.registers, fields))
                place = len(self._plans)
            except NoPlan:
                pass
        if len(places) <= MAX_LAYOUTS:
            places[name] = place
        return place

    def _groups(self, places: Any, good: Mask, columns: Members[str, Column], limbs: Sequence[Limb]) -> Iterable[Group]:
        """The records of each plan that looks at members."""
        of = {place: limb for limb in limbs for place in self._places[id(limb.shape)].values()}
        inner = np.empty(len(places), np.int64)
        for limb in limbs:
            inner[limb.at] = np.arange(len(limb.at))
        wanted = np.array([False, *(plan.wanted or bool(plan.checks) for plan in self._plans)], np.bool_)
        which = np.flatnonzero(wanted[places] & good)
        mine = places[which]
        order = np.argsort(mine, kind="stable")
        which = which[order]
        ends = np.cumsum(np.bincount(mine, minlength=len(wanted)))
        for place, plan in enumerate(self._plans, 1):
            if ends[place] > ends[place - 1]:
                at = which[ends[place - 1] : ends[place]]
                yield Group(plan, at, _Members(columns, at, of[place].columns, inner[at]))


class _Members:
    """Members of some records of a table."""

    def __init__(self, columns: Members[str, Column], at: Any, own: Members[str, Column], inner: Any) -> None:
        """`own` columns are those of a limb, in which the records have other places."""
        self._columns, self._at = columns, at
        self._own, self._inner = own, inner

    def __len__(self) -> int:
        return len(self._at)

    def _of(self, member: Member) -> tuple[Column, Any]:
        own = self._own.get(member.attribute)
        return (self._columns[member.attribute], self._at) if own is None else (own, self._inner)

    def _encoded(self, member: Member) -> tuple[Any, Sequence[Any]]:
        column, at = self._of(member)
        codes, values = column.encoded()
        return codes[at], values

    def codes(self, members: Sequence[Member], memo: Members[Any, int]) -> Code:
        """The answers, each value or combination of values asked about once."""
        codes, values = self._encoded(members[0])
        if len(members) == 1:
            return answered(codes, values, memo)
        listed = [(codes, values)]
        combined = codes.astype(np.int64)
        for member in members[1:]:
            codes, values = self._encoded(member)
            listed.append((codes, values))
            _, combined = np.unique(combined, return_inverse=True)  # so that it stays small
            combined = combined * len(values) + codes
        _, first, combined = np.unique(combined, return_index=True, return_inverse=True)
        raws = zip(*([values[code] for code in codes[first].tolist()] for codes, values in listed), strict=True)
        found = np.fromiter(map(memo.__getitem__, raws), np.int32, len(first))
        return found[combined]

    def instants(self, member: Member) -> tuple[Whole, Mask]:
        """What the column says of these records."""
        column, at = self._of(member)
        us, plain = column.instants()
        return us[at], plain[at]

    def one(self, member: Member, at: int) -> Any:
        """The value of one of these records."""
        column, places = self._of(member)
        return column.one(int(places[at]))


def answered(codes: Any, values: Sequence[Any], memo: Members[Any, int]) -> Code:
    """Answers about values that have these codes, asked for those that occur."""
    if len(values) > 4 * len(codes):
        which, codes = np.unique(codes, return_inverse=True)
        asked = which.tolist()
        found = np.empty(len(asked), np.int32)
        places: Any = slice(None)
    else:
        seen = np.zeros(len(values), np.bool_)
        seen[codes] = True
        places = np.flatnonzero(seen)
        asked = places.tolist()
        found = np.empty(len(values), np.int32)
    some = map(values.__getitem__, asked)
    if isinstance(memo, OrAbsent):  # of so many values not each one is to be kept twice
        texts, absent = memo.texts, memo.absent
        found[places] = [absent if value is UNSET else texts[value] for value in some]
    else:
        found[places] = np.fromiter(map(memo.__getitem__, some), np.int32, len(asked))
    answers: Code = found[codes]
    return answers
