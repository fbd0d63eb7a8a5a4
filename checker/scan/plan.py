"""What to take of decoded records of one type, so that nothing is asked twice of values that come again."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Members
from dataclasses import replace
from operator import attrgetter
from typing import Any, Protocol, TypeGuard

import msgspec
import numpy as np
from jiter import from_json

from checker.bounds import INFINITY
from checker.catalogue import ENVELOPE, Catalogue, Field
from checker.columns import Code, Mask, Whole
from checker.event import Event, Record
from checker.location import Location
from checker.logs.envelope import out_of_bounds
from checker.register import Register
from checker.scan.instants import instants
from checker.scan.interning import Interned
from checker.scan.layout import Layout, Member

SLOW, MADE = -3, -4
"""In place of a code: the record is to be read the slow way; the program makes the value up of type and time."""

UNSET = msgspec.UNSET
_KEPT = 50_000  # answers about values that no column keeps
_QUIET = {"text": "sn", "number": "ifqn", "flag": "bn", "instant": "n", "list": "n", "mapping": "n"}
_TEXTS = ("id", "source", "subject")


class NoPlan(ValueError):
    """Records of this type that have to be looked at one by one."""


class _Dated(Exception):
    """A register was asked, whose answer depends on the time."""


class _Closed(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        raise _Dated


class Memo(dict[Any, int]):
    """Answers by the values of some members, each worked out once, on a record that has no others."""

    def __init__(self, name: str, members: Sequence[tuple[str, Member]], ask: Callable[[Record], int]) -> None:
        super().__init__()
        self._name, self._members, self._ask = name, members, ask
        self.bounded = False

    def __missing__(self, raw: Any) -> int:
        record = Record(Location(""), 0, 0, self._name)
        answer = 0
        for (name, member), given in zip(self._members, raw if len(self._members) > 1 else (raw,), strict=True):
            if given is UNSET:
                continue
            if type(given) is bytes:
                given = value_of(given)
                if given is UNSET:
                    answer = SLOW
                    break
            if name in _TEXTS and not member.inner:
                setattr(record, name, given or None)
            else:
                record.data[name] = given
        answer = answer or self._ask(record)
        if self.bounded and len(self) >= _KEPT:
            self.clear()
        self[raw] = answer
        return answer


def value_of(written: bytes) -> Any:
    """The value that is written so; `UNSET` where the slow reader has something to say about it."""
    try:
        value = from_json(written, catch_duplicate_keys=True, allow_inf_nan=False, float_mode="decimal")
    except ValueError:
        return UNSET
    return UNSET if out_of_bounds({"": value}, 3) else value


class Values(Protocol):
    """Members of some records of one type, however these are held."""

    def __len__(self) -> int:
        """How many records there are."""

    def codes(self, members: Sequence[Member], memo: Members[Any, int], /) -> Code:
        """Of each record the answer about the value of the member, or about those of several."""

    def instants(self, member: Member, /) -> tuple[Whole, Mask]:
        """Whole microseconds of a text, and whether it has the plain form."""

    def one(self, member: Member, at: int, /) -> Any:
        """The value of one record."""


class Decoded:
    """Members of decoded records, and of the data of each."""

    def __init__(self, records: list[Any], data: list[Any]) -> None:
        self._records, self._data = records, data

    def __len__(self) -> int:
        return len(self._records)

    def _holders(self, member: Member) -> list[Any]:
        return self._data if member.inner else self._records

    def codes(self, members: Sequence[Member], memo: Members[Any, int]) -> Code:
        """The answers, one record after the other."""
        listed = [values_of(member, self._holders(member)) for member in members]
        values: Iterable[Any] = listed[0] if len(listed) == 1 else zip(*listed, strict=True)
        return np.fromiter(map(memo.__getitem__, values), np.int32, len(self._records))

    def instants(self, member: Member) -> tuple[Whole, Mask]:
        """What the texts say."""
        texts = values_of(member, self._holders(member))
        return instants(["" if text is UNSET else text for text in texts] if member.optional else texts)

    def one(self, member: Member, at: int) -> Any:
        """The value as it was decoded."""
        return getattr(self._holders(member)[at], member.attribute)


class Taking:
    """How one field becomes codes: by the values of some members."""

    def __init__(self, members: Sequence[Member], memo: Members[Any, int]) -> None:
        self._members, self._memo = members, memo

    def codes(self, values: Values) -> Code:
        """The codes of the field of all records."""
        return values.codes(self._members, self._memo)


class Constant:
    """A field that has one value in all records of a type."""

    def __init__(self, code: int) -> None:
        self._code = code

    def codes(self, values: Values) -> Code:
        """That value's code, over and over."""
        return np.full(len(values), self._code, np.int32)


class Instants:
    """A field of instants: those of the plain form are read all at once."""

    def __init__(self, member: Member, memo: Memo, interned: Interned | None) -> None:
        self._member, self._memo, self._interned = member, memo, interned

    def codes(self, values: Values) -> Code:
        """The codes of the instants; 0 where they are only looked at."""
        us, plain = values.instants(self._member)
        codes = np.zeros(len(us), np.int32)
        every = bool(plain.all())
        if self._interned is not None:
            if every:
                codes = coded(us, self._interned)
            else:
                codes[plain] = coded(us[plain], self._interned)
        if not every:
            for at in np.flatnonzero(~plain).tolist():
                codes[at] = self._memo[values.one(self._member, at)]
        return codes


class OrAbsent(dict[Any, int]):
    """Codes of texts, which may be absent."""

    def __init__(self, texts: Members[Any, int], absent: int) -> None:
        super().__init__({UNSET: absent})
        self.texts, self.absent = texts, absent

    def __missing__(self, text: Any) -> int:
        code = self[text] = self.texts[text]
        return code


def _is_text(member: Member | None) -> TypeGuard[Member]:
    """Whether the member is a text wherever it is there."""
    return member is not None and member.kinds == {"s"}


def coded(numbers: Any, interned: Interned) -> Code:
    """Codes of whole numbers."""
    return np.fromiter(map(interned.texts.__getitem__, numbers.tolist()), np.int32, len(numbers))


def values_of(member: Member, holders: list[Any]) -> list[Any]:
    """The values of a member; as they are written where they stayed so."""
    values = list(map(attrgetter(member.attribute), holders))
    if member.as_written:
        return [value if value is UNSET else bytes(value) for value in values]
    return values


class Plan:
    """What is taken of records of one layout. Raises NoPlan where each record has to be looked at by itself."""

    def __init__(
        self,
        layout: Layout,
        name: str,
        catalogue: Catalogue,
        registers: Members[str, Register],
        fields: Members[str, Interned] | None,
    ) -> None:
        """`name` is the type as the rulebook calls it; `fields` the ones to take, None if it is not wanted."""
        self.layout, self.name, self.wanted = layout, name, fields is not None
        self._catalogue = replace(catalogue, unauthenticated=None)
        self._registers = registers
        self._declared = catalogue.fields_of(name)
        if any(kind.also or kind.lookup for field, kind in self._declared.items() if field in ENVELOPE):
            raise NoPlan
        self.written = [member for member in layout.fields.values() if member.as_written]
        self.optional = [m for m in (*layout.fields.values(), *layout.roles.values()) if m.optional]
        self.fields = {field: self._taking(field, interned) for field, interned in (fields or {}).items()}
        self.checks = [
            self._check(field)
            for field, kind in self._declared.items()
            if (fields is None or field not in fields) and not self._quiet(field, kind)
        ]
        # what is not looked at otherwise, but stayed as it is written, has to be such that it can be taken
        seen = {name for field in (*self.fields, *self._unquiet()) for name in self._needed(field)}
        for field, member in layout.fields.items():
            if member.as_written and field not in seen:
                self.checks.append(self._check(field))
        self.authentic = self._authenticity(catalogue) if self.wanted else None
        self.looked_at = bool(self.wanted or self.checks or self.optional or self.written)
        """Whether more than the envelope is looked at."""

    def _unquiet(self) -> list[str]:
        return [field for field, kind in self._declared.items() if not self._quiet(field, kind)]

    # ---- fields ----

    def _taking(self, field: str, interned: Interned) -> Any:
        if field in ENVELOPE:
            return self._envelope(field, interned)
        kind = self._declared.get(field)
        member = self.layout.fields.get(field)
        plain = kind is None or not (kind.also or kind.lookup or kind.values)
        if plain and _is_text(member) and "." not in field and field != "reference":
            asking = Memo(self.name, [(field, member)], lambda record: self._answer(record, field, interned))
            if kind is None or kind.type == "text":
                return Taking([member], OrAbsent(interned.texts, asking[UNSET]) if member.optional else interned.texts)
            if kind.type == "instant":
                return Instants(member, asking, interned)
        return self._asking(field, lambda record: self._answer(record, field, interned))

    def _envelope(self, field: str, interned: Interned) -> Any:
        if field == "type":
            return Constant(interned.code(self.name))
        if field in _TEXTS:
            member = self.layout.roles.get(field)
            if member is None:
                return Constant(interned.code(None))
            if _is_text(member):
                texts = interned.texts_or_none
                return Taking([member], OrAbsent(texts, interned.code(None)) if member.optional else texts)
            return Taking([member], Memo(self.name, [(field, member)], lambda r: interned.code(getattr(r, field))))
        return field  # whole numbers that are known already

    def _check(self, field: str) -> Any:
        kind = self._declared.get(field)
        member = self.layout.fields.get(field)
        if kind is not None and kind.type == "instant" and not (kind.values or kind.also) and _is_text(member):
            asking = Memo(self.name, [(field, member)], lambda record: self._answer(record, field, None))
            asking.bounded = True
            return Instants(member, asking, None)
        return self._asking(field, lambda record: self._answer(record, field, None), bounded=True)

    def _quiet(self, field: str, kind: Field) -> bool:
        """Whether there is nothing to be said about the field, whatever its value is."""
        if kind.lookup is not None or field in ENVELOPE:
            return True
        found = [self.layout.fields.get(name) for name in (field, kind.also) if name is not None]
        kinds = {one for member in found if member is not None for one in member.kinds}
        return not kinds or (not kind.values and all(one in _QUIET[kind.type] for one in kinds))

    def _asking(self, field: str, ask: Callable[[Record], int], *, bounded: bool = False) -> Any:
        members = self._inputs([field])
        memo = Memo(self.name, members, ask)
        memo.bounded = bounded
        if not members:
            return Constant(memo[()] if len(members) else ask(Record(Location(""), 0, 0, self.name)))
        return Taking([member for _, member in members], memo)

    def _inputs(self, fields: Iterable[str]) -> list[tuple[str, Member]]:
        """The members that the fields depend on."""
        found: dict[str, Member] = {}
        for field in fields:
            for name in self._needed(field):
                if name in ("time", "seq", "recorded_at", "received_at"):
                    raise NoPlan
                member = (self.layout.roles if name in ENVELOPE else self.layout.fields).get(name)
                if member is not None:
                    found[name] = member
        return list(found.items())

    def _needed(self, field: str) -> list[str]:
        """The names of a field and of those it depends on. Raises NoPlan where it depends on time as well."""
        found: list[str] = []
        ahead = [field]
        while ahead:
            name = ahead.pop()
            if name in found:
                continue
            found.append(name)
            if "." in name:
                ahead.append(name.partition(".")[0])
            kind = self._declared.get(name)
            if kind is None:
                continue
            if kind.also is not None:
                ahead.append(kind.also)
            if kind.lookup is not None:
                ahead.append(kind.lookup.by)
                register = self._registers.get(kind.lookup.register)
                for entry in register.entries if register is not None else ():
                    if entry.start != -INFINITY or entry.end != INFINITY:
                        raise NoPlan
        return found

    def _event(self, record: Record, field: str) -> Event | None:
        """The event that the record becomes; None where something is to be said about the field."""
        events, remarks = self._catalogue.events([record], self._registers)
        about = f"field {field!r} "
        return None if any(remark.text.startswith(about) for remark in remarks) else events[0]

    def _answer(self, record: Record, field: str, interned: Interned | None) -> int:
        event = self._event(record, field)
        if event is None:
            return SLOW
        if field == "reference" and event.values.get(field) is None:
            return MADE
        return 0 if interned is None else interned.code(event.get(field))

    # ---- signatures ----

    def _authenticity(self, catalogue: Catalogue) -> Any:
        pattern = catalogue.unauthenticated
        if pattern is None or (pattern.types is not None and self.name not in pattern.types):
            return None
        fields = sorted(pattern.fields)
        if {"reference", "missing_before"} & {*fields}:
            raise NoPlan

        def ask(record: Record) -> int:
            event = self._catalogue.events([record], self._registers)[0][0]
            try:
                return int(not pattern.test(event, _Closed()))
            except _Dated:
                return SLOW

        members = [(name, member) for name, member in self._inputs(fields) if name != "type"]
        memo = Memo(self.name, members, ask)
        memo.bounded = True
        if not members:
            return Constant(ask(Record(Location(""), 0, 0, self.name)))
        return Taking([member for _, member in members], memo)
