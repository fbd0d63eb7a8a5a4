"""Intervals in columns: openings and closings paired once for all keys, and what covers an instant or a span.

Only what is plain is paired here: every record exact, authentic and surely in its role, openings and closings in turn.
A key of which anything else is recorded is `odd`: whatever depends on it is left to the reference backend.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from checker.backends.columnar.holes import Holes
from checker.backends.columnar.runs import EMPTY, Ranked, Runs, Spread, contained, covered, expanded, reached
from checker.backends.columnar.table import NotScreened, Table, Truths, combined, is_plain
from checker.calendaring import too_long
from checker.columns import ABSENT, WITHHELD, Code, Mask, Whole
from checker.interval import (
    FAR,
    Between,
    During,
    Either,
    Outside,
    Recurring,
    Spell,
    Stated,
    Where,
    Widened,
    primitives,
)
from checker.measure import Match
from checker.parts import parts_of


class Asked(NamedTuple):
    """Events or intervals, as what asks for the fields of its own: rows of openings, and of closings (or -1)."""

    table: Table
    rows: Whole
    closings: Whole | None = None

    def take(self, at: Whole | Mask) -> "Asked":
        """Some of them."""
        return Asked(self.table, self.rows[at], None if self.closings is None else self.closings[at])

    def joined(self, other: "Asked") -> "Asked":
        """These, and others that have no closings."""
        rows = np.concatenate([self.rows, other.rows])
        if self.closings is None:
            return Asked(self.table, rows)
        return Asked(self.table, rows, np.concatenate([self.closings, np.full(len(other.rows), -1)]))

    def codes(self, ours: str, theirs: str) -> Code:
        """The values of a field as codes of another field; of an interval as its opening says, else its closing."""
        found = self.table.translated(ours, theirs, self.rows)
        if self.closings is not None:
            absent = (self.table.codes(ours)[self.rows] == ABSENT) & (self.closings >= 0)
            if absent.any():
                found = found.copy()
                found[absent] = self.table.translated(ours, theirs, self.closings[absent])
        return found


class Paired(NamedTuple):
    """The plain intervals of an expression, by start; and the records (`odd`) of the keys that are not plain.

    `starts` and `ends` are µs, an end `FAR` where there is none yet (`going` on); `openings`, `closings` rows (or -1).
    Of those that are `touched` missing records leave open when they ended; `unseen` says where others may have been.
    """

    starts: Whole
    ends: Whole
    openings: Whole
    closings: Whole
    going: Mask
    odd: Whole
    touched: Mask
    unseen: "Unseen"
    again: Whole = EMPTY
    """Records that confirm what the last one of their key said, in order; where that is so, nothing else follows."""
    said: Whole = EMPTY
    """The record that said it."""
    lone: "Lone | None" = None
    """Of keys that are plain but for these: openings and closings of which the other side is missing."""
    near: Whole = EMPTY
    """The openings beside which something may be missing, and one of each key: without the others no gap is wider."""

    def take(self, at: Whole | Mask) -> "Paired":
        """Some of them, with all that is odd or unseen."""
        starts, ends, openings, closings = self.starts[at], self.ends[at], self.openings[at], self.closings[at]
        more = self.unseen, self.again, self.said, self.lone, self.near
        return Paired(starts, ends, openings, closings, self.going[at], self.odd, self.touched[at], *more)

    @property
    def left(self) -> Whole:
        """The records that show an interval which is none of these."""
        return self.odd if self.lone is None else np.union1d(self.odd, self.lone.rows)


class Lone(NamedTuple):
    """Records of intervals whose other side is missing, in order; the records of the key before and after each, or -1.

    What they show lies in [since, until): up to the next opening, or since the last closing.
    """

    rows: Whole
    before: Whole
    after: Whole
    since: Whole
    until: Whole

    def beside(self, rows: Whole) -> Whole:
        """The records beside those of some rows that are among them: without these, they would show something else."""
        at = np.searchsorted(self.rows, rows[contained(self.rows, rows)])
        found = np.concatenate([self.before[at], self.after[at]])
        return found[found >= 0]


class Unseen(NamedTuple):
    """Where a gap may hide intervals: in [low, high) of the key of a record each, and at any time of other keys.

    `lows` and `highs` of what may be of whatever key, both included; `keyless` if keys that no record shows may have
    some.
    """

    rows: Whole = EMPTY
    since: Whole = EMPTY
    until: Whole = EMPTY
    keyless: bool = False
    lows: Whole = EMPTY
    highs: Whole = EMPTY

    def __bool__(self) -> bool:
        return self.keyless or bool(len(self.lows)) or bool(len(self.rows))

    def joined(self, rows: Whole, since: Whole, until: Whole) -> "Unseen":
        """With others of the keys of records."""
        return self._replace(
            rows=np.concatenate([self.rows, rows]),
            since=np.concatenate([self.since, since]),
            until=np.concatenate([self.until, until]),
        )

    def anywhere(self, lows: Whole, highs: Whole) -> Mask:
        """Which of the spans [low, high] what may be of whatever key touches."""
        began = np.searchsorted(np.sort(self.lows), highs, side="right")
        found: Mask = began > np.searchsorted(np.sort(self.highs), lows, side="left")
        return found


NOTHING = Unseen()


class Intervals:
    """The intervals of one table: each expression is evaluated once and kept."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._paired: dict[tuple[str, bool], Paired] = {}
        self._kept: dict[tuple[str, tuple[str, ...], int, int], Keyed] = {}

    def of(self, spell: Spell, *, whole: bool = False) -> Paired:
        """The intervals that an expression names. Raises NotScreened for those composed of several.

        Where keys are asked about as a `whole`, one of which a side of an interval is missing is odd.
        """
        name = self._table.name_of(spell), whole
        known = self._paired.get(name)
        if known is None:
            plain = self.of(spell) if whole else None
            known = plain if plain is not None and plain.lone is None else self._found(spell, whole)
            self._paired[name] = known
        return known

    def _found(self, spell: Spell, whole: bool) -> Paired:
        if isinstance(spell, Between):
            made = self._between(spell, whole)
        elif isinstance(spell, Stated):
            made = self._stated(spell)
        elif isinstance(spell, Where):
            made = self._where(spell, whole)
        else:
            raise NotScreened
        return made.take(np.lexsort((made.openings, made.starts)))

    def _between(self, spell: Between, whole: bool) -> Paired:
        table = self._table
        # closings come first: at one instant, what ends is applied before what begins
        roles = [(spell.closes, False), (spell.opens, True)]
        marked = [table.matching(pattern) for pattern, _ in roles]
        rows = np.concatenate([one.rows for one in marked])
        opens = np.repeat([opens for _, opens in roles], [len(one.rows) for one in marked])
        plain = np.concatenate([one.sure for one in marked]) & table.exact[rows] & table.authentic[rows]
        others = [table.matching(p).rows for p in (spell.at_latest, spell.already) if p is not None]
        rows = np.concatenate([rows, *others])
        opens = np.concatenate([opens, *(np.zeros(len(other), np.bool_) for other in others)])
        plain = np.concatenate([plain, *(np.zeros(len(other), np.bool_) for other in others)])
        key = table.keys(spell.per, rows)
        if (key < 0).any():
            raise NotScreened  # what does not say of what it is may be of anything
        order = np.lexsort((rows, opens, table.time[rows], key))
        rows, opens, plain, key = rows[order], opens[order], plain[order], key[order]
        first = np.ones(len(key), np.bool_)
        first[1:] = key[1:] != key[:-1]
        group = np.cumsum(first) - 1
        turns = np.append(opens[:1], opens[1:] != opens[:-1]) if len(key) else opens
        turns[first] = opens[first]
        if spell.continues:
            # what confirms changes nothing; nor does a switch before the first, else something is missing there
            plain &= turns | ~first | spell.switches
        elif whole:
            plain &= turns
        if spell.switches:  # of several at one instant their numbers decide
            time = table.time[rows]
            plain[1:] &= (key[1:] != key[:-1]) | (time[1:] != time[:-1]) | (opens[1:] == opens[:-1])
        # one record in two roles
        twice = np.sort(rows)
        twice = twice[1:][twice[1:] == twice[:-1]]
        if len(twice):
            plain &= ~np.isin(rows, twice)
        bad = np.zeros(int(group[-1]) + 1 if len(group) else 0, np.bool_)
        bad[group[~plain]] = True
        alone = np.zeros(len(rows), np.bool_)
        if not (whole or spell.continues or turns.all()):
            alone, tied = _alone(opens, turns, first, table.time[rows])
            bad[group[tied]] = True
            if self._table.holes(spell.opens, spell.closes):  # what else is missing is told beside those in turn
                bad[np.bincount(group[~alone], minlength=len(bad)) == 0] = True
        fine = ~bad[group] if len(group) else plain
        odd, again, said, lone = np.unique(rows[~fine]), EMPTY, EMPTY, None
        alone &= fine
        if alone.any():
            lone = _lone(rows, opens, first, table.time[rows], np.flatnonzero(alone))
            rows, opens, fine, group = rows[~alone], opens[~alone], fine[~alone], group[~alone]
            first = np.ones(len(rows), np.bool_)
            first[1:] = group[1:] != group[:-1]
        if spell.continues:
            telling = np.maximum.accumulate(np.where(turns, np.arange(len(key)), -1)) if len(key) else EMPTY
            known = fine & ~turns & (telling >= np.flatnonzero(first)[group]) if len(key) else fine
            if spell.switches:  # what ends nothing is of no matter
                known &= opens
            order = np.argsort(rows[known], kind="stable")
            again, said = rows[known][order], rows[telling[known]][order]
            rows, opens, fine, group = rows[turns], opens[turns], fine[turns], group[turns]
            first = np.ones(len(rows), np.bool_)
            first[1:] = group[1:] != group[:-1]
        last = np.ones(len(rows), np.bool_)
        last[:-1] = first[1:]
        opening = np.flatnonzero(fine & opens)
        going = last[opening]
        closing = np.where(going, opening, opening + 1)
        starts = table.time[rows[opening]]
        ends = np.where(going, FAR, table.time[rows[closing]])
        touched, unseen, near = self._missing(spell, group[opening], starts, ends, rows[opening], going)
        if lone is not None:
            unseen = unseen.joined(lone.rows, lone.since, lone.until)
        return Paired(
            starts,
            ends,
            rows[opening],
            np.where(going, -1, rows[closing]),
            going,
            odd,
            touched,
            unseen,
            again,
            said,
            lone,
            near,
        )

    def _missing(
        self, spell: Between, group: Whole, starts: Whole, ends: Whole, rows: Whole, going: Mask
    ) -> tuple[Mask, Unseen, Whole]:
        """Which intervals, in order of key and time, missing records may have ended; where they may hide others.

        And beside which there is a gap: where others are left out, those beside them are no nearer to one.

        Openings and closings take turns: between the two records of an interval, or of one and the next, there is no
        room for a single one. Before the first record of a key and after its last there is.
        """
        holes = self._table.holes(spell.opens, spell.closes)
        if not holes:
            return np.zeros(len(starts), np.bool_), NOTHING, EMPTY
        if spell.continues:
            raise NotScreened
        head = np.ones(len(group), np.bool_)
        head[1:] = group[1:] != group[:-1]
        tail = np.append(head[1:], True) if len(head) else head
        room = holes.room(starts, ends)
        nexts = np.append(starts[1:], FAR)
        tied = ~tail & (nexts == ends)
        touched = (room >= np.where(going | tied, 1, 2)) if len(room) else going
        # what may have lasted no time at the end of one that is touched may be part of what follows at once
        run = np.cumsum(~np.append(False, tied[:-1])) - 1 if len(tied) else EMPTY
        bad = np.zeros(int(run[-1]) + 1 if len(run) else 0, np.bool_)
        bad[run[touched]] = True
        touched = bad[run] if len(run) else touched
        before = np.flatnonzero(head & holes.touch(np.full(len(starts), -FAR), starts))
        between = np.flatnonzero(~tail)
        between = between[holes.room(ends[between], nexts[between]) >= 2]
        after = np.flatnonzero(tail & ~going)
        after = after[holes.touch(ends[after], np.full(len(after), FAR))]
        far = FAR >> 1
        near = head | tail | touched
        if holes.many:  # of one alone, nothing is hidden between two intervals, however far they are apart
            since = np.where(head, -FAR, np.append([-FAR], ends[:-1])[: len(ends)])
            near |= holes.touch(since, np.where(tail, FAR, nexts))
        unseen = Unseen(
            np.concatenate([rows[before], rows[between], rows[after]]),
            np.concatenate([np.full(len(before), -far), holes.since(ends[between]), holes.since(ends[after])]),
            np.concatenate(
                [holes.until(starts[before]) + 1, holes.until(nexts[between]) + 1, np.full(len(after), FAR)]
            ),
            keyless=True,
        )
        return touched, unseen, rows[near]

    def _stated(self, spell: Stated) -> Paired:
        table = self._table
        rows, sure = table.matching(spell.event)
        starts, dated = table.instants(spell.start, rows)
        there = dated != 0
        rows, sure, starts, dated = rows[there], sure[there], starts[there], dated[there]
        plain = sure & table.exact[rows] & table.authentic[rows] & (dated == 1)
        if spell.lasts is not None:
            ends = starts + spell.lasts
        elif spell.end is not None:
            ends, ended = table.instants(spell.end, rows)
            ends = np.where(ended == 0, FAR, ends)
            plain &= ended != -1
        else:
            ends = np.full(len(rows), FAR)
        ends = np.maximum(ends, starts)
        key = table.keys(spell.per, rows)
        if (key < 0).any():
            raise NotScreened
        odd = np.unique(rows[np.isin(key, key[~plain])]) if not plain.all() else EMPTY
        fine = ~np.isin(rows, odd) if len(odd) else plain
        closings = np.full(int(fine.sum()), -1)
        holes, unseen = table.holes(spell.event), NOTHING
        if holes:  # of a field nothing is known that says when it was
            far = np.array([FAR])
            unseen = Unseen(lows=-far, highs=far)
            if spell.start in (None, "time"):
                highs = holes.ends + spell.lasts if spell.lasts is not None else np.full(len(holes.ends), FAR)
                unseen = Unseen(lows=holes.starts, highs=highs)
        touched = np.zeros(len(closings), np.bool_)
        return Paired(starts[fine], ends[fine], rows[fine], closings, ends[fine] > table.until, odd, touched, unseen)

    def _where(self, spell: Where, whole: bool) -> Paired:
        part = self.of(spell.part, whole=whole)
        truths = self._table.truths(spell.pattern, part.openings)
        if (truths == -1).any():
            raise NotScreened
        kept, unseen = part.take(truths == 1), part.unseen
        # what missing records may have ended they may also have begun anew, as one that is meant
        others = part.take(part.touched & (truths == 0))
        if len(others.starts):
            unseen = unseen.joined(others.openings, others.starts, np.where(others.going, FAR, others.ends + 1))
        return kept._replace(unseen=unseen)

    def other_sides(self, spell: Between, rows: Whole) -> Whole:
        """Of the plain intervals that some rows open, close or confirm the rows that close or open them."""
        paired = self.of(spell)
        again = paired.said[np.searchsorted(paired.again, rows[contained(paired.again, rows)])]
        rows = np.union1d(rows, again)
        mine = contained(paired.openings, rows)  # in order: each has its time and its place in the trace
        closings = paired.closings[np.searchsorted(paired.openings, rows[mine])]
        if spell.switches:  # alone, what ends something may end nothing
            return np.concatenate([closings[closings >= 0], again])
        ends, openings = self._table.kept.of(("by closing", self._table.name_of(spell)), lambda: _by_closing(paired))
        mine = contained(ends, rows)
        return np.concatenate([closings[closings >= 0], openings[np.searchsorted(ends, rows[mine])], again])

    # ---- where something was going on ----

    def standing(self, spell: Spell) -> Whole:
        """The records of an expression beside which something may be missing: these show all that gaps may hide.

        And one interval of each key: of a key that is shown nothing else may be hidden.
        """
        paired = self.of(spell)
        if isinstance(spell, Where):
            _, first = np.unique(self._table.keys(spell.per, paired.openings), return_index=True)
            return np.union1d(self.standing(spell.part), paired.openings[first])
        return np.union1d(paired.near, paired.left)

    def going_on(self, spell: Spell, holes: Holes, back: int) -> Whole | None:
        """The records that show what goes on where gaps lie, or so long before, and what gaps may hide of it.

        None where that is not known.
        """
        found = [EMPTY]
        for part, before, after in _singles(spell):
            if not isinstance(part, (Between, Stated)):
                return None
            paired = self.of(part)
            ends = np.minimum(paired.ends, FAR >> 1) + after + back + 1
            near = holes.touch(paired.starts - before - 1, ends)
            closings = paired.closings[near]
            found += [paired.openings[near], closings[closings >= 0], self.standing(part)]
        found += [self.standing(one) for one in parts_of(spell) if isinstance(one, Where)]
        return np.concatenate(found)

    def keyed(self, spell: Spell, names: tuple[str, ...], before: int = 0, after: int = 0) -> "Keyed":
        """The intervals of one expression by the values of fields, each begun earlier and ended later."""
        name = self._table.name_of(spell)
        known = self._kept.get((name, names, before, after))
        if known is None:
            known = self._kept[name, names, before, after] = Keyed(self, spell, names, before, after)
        return known

    @property
    def table(self) -> Table:
        """What they are made from."""
        return self._table

    def at(self, spell: Spell, asked: Asked, times: Whole, match: Match | None) -> Truths:
        """Whether each instant lies inside such an interval of the asker's own key; -1 where columns do not tell."""
        if isinstance(spell, Recurring):
            return _in_spans(self._spans(spell), times)
        if isinstance(spell, Outside):
            inner = self.at(spell.part, asked, times, match)
            return np.where(inner == -1, -1, 1 - inner).astype(np.int8)
        if isinstance(spell, (During, Either)):
            parts = np.stack([self.at(part, asked, times, match) for part in spell.parts])
            decided, otherwise = (0, 1) if isinstance(spell, During) else (1, 0)
            found = np.where((parts == -1).any(axis=0), -1, otherwise)
            return np.where((parts == decided).any(axis=0), decided, found).astype(np.int8)
        keyed, comb = self._of_asker(spell, asked, match)
        return keyed.at(comb, times)

    def covering(self, spell: Spell, asked: Asked, lows: Whole, highs: Whole, match: Match | None) -> tuple[Mask, Mask]:
        """Of spans [low, high), which surely lie wholly inside such intervals, and which surely wholly outside."""
        if isinstance(spell, Recurring):
            starts, ends = self._spans(spell)
            at = np.searchsorted(starts, lows, side="right") - 1
            near = np.searchsorted(starts, highs, side="left") - 1
            last = np.append(ends, -FAR)
            return (at >= 0) & (last[at] >= highs), (near < 0) | (last[near] <= lows)
        if isinstance(spell, Outside):
            inside, outside = self.covering(spell.part, asked, lows, highs, match)
            return outside, inside
        if isinstance(spell, (During, Either)):
            parts = [self.covering(part, asked, lows, highs, match) for part in spell.parts]
            inside, outside = parts[0]
            for within, apart in parts[1:]:
                inside = inside & within if isinstance(spell, During) else inside | within
                outside = outside | apart if isinstance(spell, During) else outside & apart
            return inside, outside
        keyed, comb = self._of_asker(spell, asked, match)
        return keyed.covering(comb, lows, highs)

    def amounts(self, spell: Spell, asked: Asked, lows: Whole, highs: Whole, unbroken: bool) -> tuple[Whole, Mask]:
        """For how long such intervals of the asker's key go on in [low, high), in all or in one piece; if that is sure.

        Raises NotScreened for what is composed of several.
        """
        if isinstance(spell, Outside) and not isinstance(spell.part, (During, Either, Outside, Recurring)):
            keyed, comb = self._of_asker(spell.part, asked, None)
            return keyed.amounts(comb, lows, highs, unbroken, outside=True)
        if isinstance(spell, (During, Either, Outside, Recurring)):
            raise NotScreened
        keyed, comb = self._of_asker(spell, asked, None)
        return keyed.amounts(comb, lows, highs, unbroken, outside=False)

    def near(self, spell: Spell, asked: Asked, lows: Whole, highs: Whole, match: Match | None) -> Whole:
        """The rows of every interval of the asker's key that may touch one of the spans [low, high]."""
        found = []
        for part, before, after in _singles(spell):
            keyed, comb = self._of_asker(part, asked, match)
            found.append(keyed.touching(comb, lows - after - 1, highs + before + 1))
        return np.unique(np.concatenate(found)) if found else EMPTY

    def _of_asker(self, spell: Spell, asked: Asked, match: Match | None) -> "tuple[Keyed, Whole]":
        before = after = 0
        part = spell
        if isinstance(spell, Widened):
            before, after, part = spell.before, spell.after, spell.part
            if not isinstance(part, (Between, Stated, Where)):
                raise NotScreened
        pairs = tuple((name, name) for name in part.per) if match is None else match
        keyed = self.keyed(part, tuple(theirs for theirs, _ in pairs), before, after)
        codes = [asked.codes(ours, theirs) for theirs, ours in pairs]
        if any((one == WITHHELD).any() for one in codes):
            raise NotScreened
        return keyed, keyed.places(codes, len(asked.rows))

    def _spans(self, spell: Recurring) -> tuple[Whole, Whole]:
        table = self._table
        first = min(int(table.time[0]) if len(table) else table.first, table.first, table.began)
        if too_long(first, table.until):
            raise NotScreened
        spans = spell.calendar.spans(first, table.until + 1)
        return np.array([start for start, _ in spans], np.int64), np.array([end for _, end in spans], np.int64)


class Keyed:
    """The intervals of one expression in the order of key and start, with the runs that they form together."""

    def __init__(self, intervals: Intervals, spell: Spell, names: tuple[str, ...], before: int, after: int) -> None:
        table = intervals.table
        paired = intervals.of(spell)
        self._table, self._names, self._paired = table, names, paired
        asked = Asked(table, paired.openings, paired.closings)
        odd = Asked(table, paired.left)
        own = [np.concatenate([asked.codes(name, name), odd.codes(name, name)]) for name in names]
        if any((codes == WITHHELD).any() for codes in own):
            raise NotScreened
        self._sizes = [len(table.column(name).values) for name in names]
        number = np.zeros(len(paired.starts) + len(odd.rows), np.int64)
        if own:
            number = combined(list(zip(own, self._sizes, strict=True)))
        # a key is known by its place among all keys
        self.keys, place = np.unique(number, return_inverse=True)
        self._own, self._place = own, place
        self.unseen = paired.unseen
        if paired.unseen and (before < 0 or after < 0):
            raise NotScreened
        if paired.unseen.keyless and set(names) != set(spell.per):
            raise NotScreened  # what is missing may carry anything in other fields
        count = len(paired.starts)
        self.order = np.argsort(place[:count], kind="stable")
        self.key = place[:count][self.order]
        self.starts = paired.starts[self.order] - before
        ends = paired.ends[self.order]
        self.ends = np.where(ends >= FAR, FAR, ends + after)
        # of what still goes on it is open when it ended before its end
        if (self.ends < self.starts).any() or (after < 0 and (ends >= FAR).any()):
            raise NotScreened
        if len(odd.rows) and not set(names) <= set(spell.per):
            raise NotScreened  # which record of an odd key carries the field is not known
        self.odd_keys = np.zeros(len(self.keys) + 1, np.bool_)
        of_odd = place[count:][contained(paired.odd, odd.rows)]
        self.odd_keys[of_odd] = True
        self._odd_order = np.argsort(of_odd, kind="stable")
        self._odd_key = of_odd[self._odd_order]
        self.lacking, self._lone = self.odd_keys, None
        """Which keys are not plain throughout."""
        self._elsewhere = np.zeros(len(self.keys) + 1, np.bool_)
        """Of which keys no interval may be shown: of these may be what no record shows of whatever key."""
        self._elsewhere[-1] = True
        if paired.lone is not None:
            if isinstance(spell, Where):  # what lacks a side may be another than those that are meant
                self._elsewhere[:-1] = np.bincount(self.key, minlength=len(self.keys)) == 0
            of_lone = place[count:][contained(paired.lone.rows, odd.rows)]
            self.lacking = self.odd_keys.copy()
            self.lacking[of_lone] = True
            self._lone = Spread(of_lone, paired.lone.since - before, paired.lone.until + after, paired.lone.rows)
        self._before, self._after = before, after
        self._runs()

    def _runs(self) -> None:
        """Merge what overlaps or touches: of each interval, the greatest end so far in its key; and what may have been.

        `run_sure`: which runs were going on in every case, from beginning to end; `run_shown`: which are made of what
        records show, although it may have ended before.
        """
        self.reach = reached(self.key, self.ends)
        self._sure = self._maybe = Runs.of(self.key, self.starts, self.reach)
        self.run_sure = self.run_shown = np.ones(len(self._maybe.keys), np.bool_)
        if self.unseen:
            self._with_unseen()
        self.run_keys, self.run_starts, self.run_ends = self._maybe.keys, self._maybe.starts, self._maybe.ends

    def _with_unseen(self) -> None:
        """Keep apart what surely was going on and what may have been."""
        sure, unseen = ~self._paired.touched[self.order], self.unseen
        self._sure = Runs.of(self.key[sure], self.starts[sure], reached(self.key[sure], self.ends[sure]))
        keys, since, until = EMPTY, EMPTY, EMPTY
        if len(unseen.rows):
            asked = Asked(self._table, unseen.rows)
            keys = self.places([asked.codes(name, name) for name in self._names], len(unseen.rows))
            there = keys < len(self.keys)
            keys, since, until = keys[there], unseen.since[there] - self._before, unseen.until[there]
            until = np.where(until >= FAR, FAR, until + self._after)
        every = np.concatenate([self.key, keys]), np.concatenate([self.starts, since])
        self._maybe = Runs.merged(*every, np.concatenate([self.ends, until]))
        place = self._maybe.last_before(*every)
        self.run_shown = ~unseen.anywhere(self._maybe.starts - self._after, self._maybe.ends + self._before)
        self.run_shown[place[len(sure) :]] = False
        self.run_sure = self.run_shown.copy()
        self.run_sure[place[: len(sure)][~sure]] = False

    @cached_property
    def _by_start(self) -> "Ranked":
        return Ranked.of(self.key, self.starts)

    @cached_property
    def _by_reach(self) -> "Ranked":
        return Ranked.of(self.key, self.reach)

    def places(self, codes: Sequence[Code], count: int) -> Whole:
        """The place of each key, made of the codes of its fields; one more than there are for one that has none."""
        if not codes:
            return np.full(count, 0 if len(self.keys) else len(self.keys))
        if is_plain(self._sizes):
            number = combined(list(zip(codes, self._sizes, strict=True)))
            return np.where(contained(self.keys, number), np.searchsorted(self.keys, number), len(self.keys))
        # the same numbering as of the intervals' own: both together, so that they cannot differ
        both = [np.concatenate([own, given]) for own, given in zip(self._own, codes, strict=True)]
        number = combined(list(zip(both, self._sizes, strict=True)))
        own, given = number[: len(number) - count], number[len(number) - count :]
        keys, first = np.unique(own, return_index=True)
        at = np.searchsorted(keys, given)
        found = np.append(keys, -1)[np.minimum(at, len(keys))] == given
        places = np.append(self._place[first], len(self.keys))
        return np.where(found, places[np.minimum(at, len(keys))], len(self.keys))

    @cached_property
    def _run(self) -> Whole:
        """The run that each interval is part of."""
        return self._maybe.last_before(self.key, self.starts)

    def of_several(self) -> Whole:
        """The records that begin intervals which are of one piece with others."""
        return self._paired.openings[self.order[np.bincount(self._run, minlength=1)[self._run] > 1]]

    def begun(self, rows: Whole) -> Mask:
        """Which runs some of the rows, in order, begin an interval of."""
        found = np.zeros(len(self.run_keys), np.bool_)
        found[self._run[contained(rows, self._paired.openings[self.order])]] = True
        return found

    def encloses(self, comb: Whole, lows: Whole, highs: Whole) -> Mask:
        """Which spans [low, high] of a key lie inside one of its plain intervals, both ends included, as shown."""
        place = self._by_start.last_before(comb, lows, inclusive=True)
        found: Mask = (place >= 0) & (np.append(self.reach, -FAR)[place] >= highs)
        return found

    def at(self, comb: Whole, times: Whole) -> Truths:
        """Whether each instant lies inside an interval of its key; -1 for an odd key."""
        inside = self._sure.touch(comb, times, times + 1)
        found = np.where(self.odd_keys[comb], -1, inside)
        if self.unseen:
            found = np.where(~inside & self.may_touch(comb, times, times + 1), -1, found)
        return found.astype(np.int8)

    def covering(self, comb: Whole, lows: Whole, highs: Whole) -> tuple[Mask, Mask]:
        """Of spans [low, high), which lie wholly inside intervals of their key, and which wholly outside."""
        plain = ~self.odd_keys[comb]
        inside = self._sure.hold(comb, lows, highs)
        outside = ~(self.may_touch(comb, lows, highs) if self.unseen else self._sure.touch(comb, lows, highs))
        return inside & plain, outside & plain

    def amounts(self, comb: Whole, lows: Whole, highs: Whole, unbroken: bool, *, outside: bool) -> tuple[Whole, Mask]:
        """For how long intervals of a key go on (or none does) in spans [low, high), in all or in one piece.

        Sure where nothing is open: what surely and what possibly went on there come to the same time in all.
        """
        whole = self._sure.total(comb, lows, highs)
        sure = ~self.odd_keys[comb]
        if self.unseen:
            sure &= self._maybe.total(comb, lows, highs) == whole
            sure &= ~self.unseen.anywhere(lows - self._after, highs + self._before)
            if self.unseen.keyless:
                sure &= ~self._elsewhere[comb]
        if unbroken:
            return self._sure.longest(comb, lows, highs, outside), sure
        return highs - lows - whole if outside else whole, sure

    def may_touch(self, comb: Whole, lows: Whole, highs: Whole) -> Mask:
        """Of which spans [low, high) of a key some instant may lie in an interval, seen or not."""
        found = self._maybe.touch(comb, lows, highs) | self.unseen.anywhere(lows - self._after, highs + self._before)
        return found | self._elsewhere[comb] if self.unseen.keyless else found

    def touching(self, comb: Whole, lows: Whole, highs: Whole) -> Whole:
        """The rows of the intervals that touch [low, high] of their key, and of odd keys every row."""
        if not len(comb):
            return EMPTY
        first = np.searchsorted(self.key, comb, side="left")
        until = self._by_start.last_before(comb, highs, inclusive=True) + 1
        until = np.where(until <= 0, first, until)
        # the first whose reach comes up to the low end: reaches rise within a key
        since = self._by_reach.first_at(comb, lows)
        chosen = covered(np.maximum(since, first), until, len(self.order))
        places = self.order[chosen]
        odd = np.unique(comb[self.odd_keys[comb]])
        sides = np.searchsorted(self._odd_key, odd, side="left"), np.searchsorted(self._odd_key, odd, side="right")
        rows = [self._paired.openings[places], self._paired.closings[places]]
        rows.append(self._paired.odd[self._odd_order[expanded(*sides)]])
        if self._lone is not None:
            rows.append(self._lone.touching(comb, lows, highs))
        every = np.concatenate(rows)
        return np.unique(every[every >= 0])


def _singles(spell: Spell, before: int = 0, after: int = 0) -> list[tuple[Spell, int, int]]:
    """The expressions of single intervals that one is made of, and by how much each is widened."""
    if isinstance(spell, (During, Either)):
        return [one for part in spell.parts for one in _singles(part, before, after)]
    if isinstance(spell, Outside):
        return _singles(spell.part, before, after)
    if isinstance(spell, Widened):
        return _singles(spell.part, before + abs(spell.before), after + abs(spell.after))
    if isinstance(spell, Recurring):
        return []
    if isinstance(spell, Where):
        return [(part, before, after) for part in primitives(spell)]
    return [(spell, before, after)]


def _alone(opens: Mask, turns: Mask, first: Mask, times: Whole) -> tuple[Mask, Mask]:
    """Of openings and closings in order of key and time, those of which the other side is missing, and which are tied.

    Another opening shows that what was open had ended, and another closing that something had begun, whatever else is
    there. Not so if that was at the same instant.
    """
    lacks = ~turns
    alone = lacks & ~opens
    alone[:-1] |= (lacks & opens)[1:] & ~first[1:]
    same = np.zeros(len(times), np.bool_)
    same[1:] = (times[1:] == times[:-1]) & ~first[1:]
    beside = same.copy()
    beside[:-1] |= same[1:]
    return alone, alone & beside


def _lone(rows: Whole, opens: Mask, first: Mask, times: Whole, at: Whole) -> Lone:
    """What the records at some places are that are alone."""
    last = np.append(first[1:], True)
    before = np.where(first[at], -1, rows[np.maximum(at - 1, 0)])
    after = np.where(last[at], -1, rows[np.minimum(at + 1, len(rows) - 1)])
    nexts = times[np.minimum(at + 1, len(rows) - 1)] + 1  # as another begins then, they are of one piece
    since = np.where(opens[at], times[at], np.where(first[at], -(FAR >> 1), times[np.maximum(at - 1, 0)]))
    until = np.where(opens[at], nexts, times[at])
    order = np.argsort(rows[at], kind="stable")
    return Lone(*(one[order] for one in (rows[at], before, after, since, until)))


def _by_closing(paired: Paired) -> tuple[Whole, Whole]:
    """The closings in order, and what each closes."""
    order = np.argsort(paired.closings, kind="stable")[np.count_nonzero(paired.closings < 0) :]
    return paired.closings[order], paired.openings[order]


def _in_spans(spans: tuple[Whole, Whole], times: Whole) -> Truths:
    starts, ends = spans
    at = np.searchsorted(starts, times, side="right") - 1
    return ((at >= 0) & (np.append(ends, -FAR)[at] > times)).astype(np.int8)
