"""What the blocks of all logs come to together."""

from array import array
from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np

from checker.alike import SharedIds, sharing
from checker.columns import ABSENT, Leap, Whole, place_of
from checker.scan.codes import Codes, Question
from checker.scan.keys import Keys
from checker.scan.numbers import Runs
from checker.scan.part import Hashes, Part, Rows
from checker.scan.reader import key_of
from checker.scan.remarks import Remarks
from checker.scan.second import Source, changed, each_at, records_at
from checker.scan.store import Chosen, Store
from checker.trace import identity, in_order

STRETCH = 100_000
"""So many rows are held before they are put aside."""


_KNOWN, _AFTER = -1, -2
"""Of a type that the catalogue knows; after the end of observation."""


class Merging:
    """Takes the parts of the logs in their order, and says in the end what they come to."""

    def __init__(self, question: Question, codes: Codes, *, hashing: bool = True, stretch: int = STRETCH) -> None:
        """`hashing` tells that this process made the keys, and would make the same ones again."""
        self._question, self._codes, self._hashing, self._stretch = question, codes, hashing, stretch
        self._keys, self._runs = Keys(), Runs()
        self._store = Store(question.wanted.fields, codes.types, codes.sources)
        self._chosen: list[Chosen] = []
        self._size = 0
        self._remarks = Remarks()
        self._first: int | None = None
        self._last: int | None = None
        self._sooner: int | None = None
        self._later: int | None = None
        self._exact = True
        self._counts = np.zeros(0, np.int64)
        self._after = self._late = 0
        self._late_at: int | None = None
        self._pairs: set[tuple[int, str]] = set()
        self._sourced: set[int] = set()
        self._named: set[int] = set()
        self._unnamed: set[int] = set()

    @property
    def full(self) -> bool:
        """Whether it is time to put rows aside."""
        return self._size >= self._stretch

    def add(self, log: int, part: Part) -> None:
        """Take the next part of a log."""
        rows, until = part.rows, self._question.until
        if not len(rows.lines):
            return
        first, last = int(rows.earliest.min()), int(rows.latest.max())
        self._first = first if self._first is None else min(self._first, first)
        self._last = last if self._last is None else max(self._last, last)
        sooner, later = int(rows.latest.min()), int(rows.earliest.max())
        self._sooner = sooner if self._sooner is None else min(self._sooner, sooner)
        self._later = later if self._later is None else max(self._later, later)
        places = place_of(log, rows.lines)
        self._keys.add(rows.keys, places)
        every: tuple[Any, ...] = (rows.types, rows.sources, rows.seqs, places, rows.earliest, rows.latest)
        if until is not None and int(rows.earliest.max()) > until:
            inside = rows.earliest <= until
            self._after += len(inside) - int(np.count_nonzero(inside))
            every = tuple(one[inside] for one in every)
        types, sources, seqs, places, *times = every
        counts = np.bincount(types, minlength=len(self._codes.types.values))
        counts[: len(self._counts)] += self._counts
        self._counts = counts
        if len(sources) and int(sources.min()) < 0:
            told = sources >= 0
            sources, seqs, places, *times = (one[told] for one in (sources, seqs, places, *times))
        self._sourced.update(np.flatnonzero(np.bincount(sources)).tolist() if len(sources) else ())
        self._runs.add(sources, seqs, places, (times[0], times[1]))
        self._remarks.add(part.remarks.count, part.remarks.first)
        self._late += part.late
        if part.late_at is not None:
            self._late_at = part.late_at if self._late_at is None else max(self._late_at, part.late_at)
        self._pairs |= part.pairs
        if len(rows.chosen):
            self._choose(log, rows)

    def _choose(self, log: int, rows: Rows) -> None:
        at = rows.chosen
        plain = {name: getattr(rows, name)[at] for name in ("types", "sources", "seqs", "earliest")}
        plain |= {"places": place_of(log, rows.lines[at]), "authentic": rows.authentic}
        if not np.array_equal(rows.latest[at], plain["earliest"]):
            plain["latest"] = rows.latest[at]
            self._exact = False
        if "subject" in rows.fields:
            unnamed = rows.fields["subject"] == ABSENT
            for met, some in ((self._unnamed, plain["types"][unnamed]), (self._named, plain["types"][~unnamed])):
                met.update(np.flatnonzero(np.bincount(some)).tolist())
        self._chosen.append(Chosen(plain, rows.fields, {}))
        self._size += len(at)

    def put_aside(self) -> None:
        """Keep what was chosen where it takes no memory; values of fields may be met anew from now on."""
        chosen, self._chosen, self._size = self._chosen, [], 0
        if not chosen:
            return
        if any("latest" in one.plain for one in chosen):
            chosen = [replace(one, plain={"latest": one.plain["earliest"], **one.plain}) for one in chosen]
        self._store.add(
            Chosen(
                {name: np.concatenate([one.plain[name] for one in chosen]) for name in chosen[0].plain},
                {name: np.concatenate([one.fields[name] for one in chosen]) for name in self._codes.fields},
                {name: interned.values for name, interned in self._codes.fields.items()},
            )
        )

    def finished(self, sources: list[Source]) -> dict[str, Any]:
        """What all parts come to; looks again at what shares an id or may be the same record."""
        self.put_aside()
        question, codes, store = self._question, self._codes, self._store
        unknown = {
            name: int(count)
            for name, count in zip(codes.types.values, self._counts, strict=False)
            if name not in question.catalogue.types
        }
        dropped, same_ids = self._judged(sources, *self._keys.shared(), unknown)
        leaps = self._leaps(sources, dropped)
        store.drop(dropped)
        store.number([leap.after.place for leap in leaps], [leap.missing for leap in leaps])
        names = codes.sources.values
        shown: dict[str | None, set[str]] = {}
        for source, subject in self._pairs:
            for name in (names[source] if source >= 0 else None, None):
                shown.setdefault(name, set()).add(subject)
        return {
            "store": store,
            "first": self._first,
            "last": self._last,
            "sooner": self._sooner,
            "later": self._later,
            "exact": self._exact,
            "after": self._after,
            "late": self._late,
            "late_at": self._late_at,
            "remarks": self._remarks,
            "unknown": {name: count for name, count in unknown.items() if count},
            "duplicates": len(dropped),
            "same_ids": same_ids,
            "leaps": leaps,
            "named": {codes.types.values[at] for at in self._named},
            "unnamed": {codes.types.values[at] for at in self._unnamed},
            "unnumbered": {names[source] for source in self._runs.unnumbered},
            "source_names": {names[source] for source in self._sourced},
            "shown": shown,
        }

    def _judged(
        self, sources: list[Source], places: Whole, keys: Hashes, unknown: dict[str, int]
    ) -> tuple[Whole, SharedIds]:
        """Which places hold an exact duplicate, which are no longer counted; and different records of one id.

        Of records that are alike there may be as many as the logs have: one is held at a time, and of each only what
        tells it from others is kept, some 40 bytes.
        """
        if not len(places):
            return np.zeros(0, np.int64), SharedIds([])
        until, names = self._question.until, {name: code for code, name in enumerate(unknown)}
        digests, named, sorts = bytearray(), bytearray(), array("i")
        for (place, record), key in zip(each_at(sources, self._question.mapping, places), keys, strict=True):
            if self._hashing and key_of(record) != key:
                raise changed(sources, place)
            digests += sha256(identity(record).encode("utf-8", "surrogatepass")).digest()
            named.append(record.id is not None)
            sorts.append(_AFTER if until is not None and record.earliest > until else names.get(record.type, _KNOWN))
        same = np.zeros(len(places), np.bool_)
        parts = np.frombuffer(digests, np.uint64).reshape(len(places), -1).T
        order = np.lexsort(parts)  # stable: of equal ones the first stays
        same[order[1:]] = (parts[:, order[1:]] == parts[:, order[:-1]]).all(axis=0)
        self._forget(sources, places[same], np.frombuffer(sorts, np.int32)[same], unknown)
        again = ~same
        again[np.flatnonzero(again)[np.unique(keys[again], return_index=True)[1]]] = False
        several = np.unique(keys[again & np.frombuffer(named, np.bool_)])
        kept = ~same & np.isin(keys, several)
        records = (record for _, record in each_at(sources, self._question.mapping, places[kept]))
        return places[same], sharing(record for record in records if until is None or record.earliest <= until)

    def _forget(self, sources: list[Source], dropped: Whole, sorts: Any, unknown: dict[str, int]) -> None:
        """Count records no more; of each is given what it is among `unknown` types, or that it comes after the end."""
        self._after -= int(np.count_nonzero(sorts == _AFTER))
        for name, count in zip(unknown, np.bincount(sorts[sorts >= 0], minlength=len(unknown)).tolist(), strict=True):
            unknown[name] -= count
        if self._remarks.count:
            within = dropped[sorts != _AFTER]
            records = (record for _, record in each_at(sources, self._question.mapping, within))
            told = (self._question.catalogue.events([record], self._question.registers)[1] for record in records)
            self._remarks.count -= sum(map(len, told))

    def _leaps(self, sources: list[Source], dropped: Whole) -> list[Leap]:
        """The leaps by source and number; of equal numbers next to one the record that is nearest in the trace."""
        names = self._codes.sources.values
        found = []
        for jump in sorted(self._runs.leaps(), key=lambda jump: names[jump.source]):
            sides = []
            for given, which in ((jump.before, -1), (jump.after, 0)):
                left = {side.place: side for side in given if not _is_in(side.place, dropped)}
                if len(left) > 1:
                    records = records_at(sources, self._question.mapping, left)
                    nearest = in_order(records.values())[0][which]
                    left = {place: left[place] for place, record in records.items() if record is nearest}
                sides.append(next(iter(left.values())))
            found.append(Leap(names[jump.source], *sides))
        return found


def _is_in(place: int, places: Whole) -> bool:
    """Whether a place is among others, which are sorted."""
    at = int(np.searchsorted(places, place))
    return at < len(places) and int(places[at]) == place
