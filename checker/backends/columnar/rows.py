"""One after the other, in columns: pauses, heartbeats, and numbers that go on."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from checker.backends.columnar.base import (
    Base,
    Closest,
    Occasions,
    Screened,
    Spans,
    bound,
    compared,
    one_by_one,
    unscaled,
    with_odd,
)
from checker.backends.columnar.holes import Holes
from checker.backends.columnar.intervals import Keyed
from checker.backends.columnar.runs import EMPTY, Ranked, Spread, expanded, shortened
from checker.backends.columnar.table import NOWHERE, NotScreened
from checker.bounds import INFINITY, is_finite
from checker.columns import Mask, Whole
from checker.interval import FAR, Between, Key, Spell, Stated, Where, primitives
from checker.measure import DURATION, OnEvents, OnIntervals, Rule, Spacing
from checker.parts import types_of
from checker.pattern import ANYTHING

COUNT = "count"


class Rows(Base):
    """Spacing."""

    def _spacing(self, rule: Rule, measure: Spacing) -> Screened:
        if measure.along is not None:
            return self._along(rule, measure, measure.along)
        if measure.edges:
            return self._beats(rule, measure)
        return self._pauses(rule, measure)

    def _grouped(self, rule: Rule, occasions: Occasions, per: tuple[str, ...]) -> tuple[Whole, Whole]:
        """The key of each occasion, as a whole number, and those of odd ones. NotScreened where one may be of any."""
        if len(occasions.odd) and not (isinstance(rule.on, OnIntervals) and set(per) <= set(rule.on.spell.per)):
            raise NotScreened
        key = self._keys(with_odd(occasions), per)
        return key[: len(occasions)], key[len(occasions) :]

    def _pauses(self, rule: Rule, measure: Spacing) -> Screened:
        """From the end of one to the start of the next of its group.

        Plain: groups all of whose occasions are, of which no two begin at once if they last. Of intervals one by one a
        pause is plain if none that is not lies beside it.
        """
        every = self._all_occasions(rule)
        most = rule.limit.at_most is not None
        occasions, loose, later = self._shared(every, measure, lambda: self._in_turn(rule, measure, every, most), most)
        starts, places = occasions.starts, later
        asked = (starts[later] <= self._until) & (starts[later] >= self._from)
        asked &= (starts[later] >= bound(rule.start)) & (starts[later] < bound(rule.end))
        later = later[asked | loose[later]]
        pauses = starts[later] - occasions.ends[later - 1]
        kept, margins = compared(rule.limit, pauses)
        kept &= ~loose[later] & ~occasions.going[later - 1]
        open_, alone = self._beside_open(rule, occasions), np.setdiff1d(np.arange(len(occasions)), places)
        kept &= ~open_(later, starts[later - 1])  # something else may have come between, or before the first
        alone = alone[open_(alone, np.full(len(alone), -FAR))]
        chosen = occasions.take(later)
        earlier = occasions.take((later - 1)[~kept])
        whole = occasions.take(loose)
        more = [self._around(rule, earlier), self._around(rule, whole), whole.rows]
        if self._hides and isinstance(rule.on, OnEvents):
            more.append(self._beside_holes(occasions, places, self._table.holes(rule.on.pattern)))
        found = self._left(rule, chosen, kept, margins, DURATION, more)
        causes = [chosen.rows[~kept], whole.rows, occasions.odd, occasions.rows[alone]]
        return found._replace(causes=np.unique(np.concatenate(causes)))

    def _beside_holes(self, occasions: Occasions, later: Whole, holes: Holes) -> Whole:
        """The events between which, or after which, something may be missing, and the first of each group.

        What is missing is an occasion of its own: it comes after these. The first ones keep the groups in order.
        """
        nexts, first = np.full(len(occasions), FAR), np.ones(len(occasions), np.bool_)
        nexts[later - 1], first[later] = occasions.starts[later], False
        return occasions.rows[first | holes.touch(occasions.starts, nexts)]

    def _beside_open(self, rule: Rule, occasions: Occasions) -> Callable[[Whole, Whole], Mask]:
        """Tells before which occasions, since an instant each, there may be others of their group."""
        starts, spread, key = occasions.starts, None, EMPTY
        if isinstance(rule.on, OnEvents):
            holes = self._table.holes(rule.on.pattern)
        elif one_by_one(rule) and isinstance(rule.on.spell, Between):
            spell, lone = rule.on.spell, self._intervals.of(rule.on.spell).lone
            holes = self._table.holes(spell.opens, spell.closes)
            if lone is not None:
                key = self._table.keys(spell.per, np.concatenate([occasions.rows, lone.rows]))
                key = np.unique(key, return_inverse=True)[1]
                spread = Spread(key[len(occasions) :], lone.since, lone.until, lone.rows)
        else:
            return lambda at, since: np.zeros(len(at), np.bool_)

        def found(at: Whole, since: Whole) -> Mask:
            touched = holes.touch(since, starts[at])
            touched |= occasions.loose[at] | ((since > -FAR) & occasions.loose[at - 1])
            return touched if spread is None else touched | spread.touch(key[at], since, starts[at])

        return found

    def _in_turn(self, rule: Rule, measure: Spacing, occasions: Occasions, most: bool) -> tuple[Occasions, Mask, Whole]:
        """Occasions by group and start, of which groups columns do not tell, and which follow another one.

        Where a pause must last so long at `most`, a record that is not authentic ends none.
        """
        key, odd = self._grouped(rule, occasions, measure.per)
        order = (
            np.lexsort((occasions.starts, key))
            if occasions.asked.closings is not None
            else np.argsort(key, kind="stable")
        )
        occasions, key = occasions.take(order), key[order]
        loose = occasions.loose | np.isin(key, odd)
        if one_by_one(rule):  # of groups of their own keys those that are odd show no other
            loose = np.zeros(len(occasions), np.bool_)
        if most:
            loose = loose | ~self._table.authentic[occasions.rows]
        if occasions.asked.closings is not None:  # of two that begin at once, their ends and keys decide which is first
            loose[1:] |= (key[1:] == key[:-1]) & (occasions.starts[1:] == occasions.starts[:-1])
        loose = np.isin(key, key[loose])
        return occasions, loose, np.flatnonzero(key[1:] == key[:-1]) + 1

    def _along(self, rule: Rule, measure: Spacing, field: str) -> Screened:
        """From one number to the next.

        A missing record may carry any number: a step may be shorter than it seems, never longer. So what keeps to its
        greatest length does so whatever is missing, and one that must have a least may be broken anywhere.
        """
        occasions = self._all_occasions(rule)
        if occasions.asked.closings is not None or (self._hides and rule.limit.at_least is not None):
            raise NotScreened
        key, _ = self._grouped(rule, occasions, measure.per)
        values, known = self._table.numbers(field, occasions.rows)
        odd = np.isin(key, key[(known == -1) | occasions.loose])
        whole = occasions.take(odd)
        there = (known == 1) & ~odd
        occasions, key, values = occasions.take(there), key[there], values[there]
        order = np.lexsort((np.arange(len(key)), values, key))
        occasions, key, values = occasions.take(order), key[order], values[order]
        later = np.flatnonzero(key[1:] == key[:-1]) + 1
        first = EMPTY
        if self._hides and (is_finite(rule.start) or is_finite(rule.end)):  # before it something may come out of force
            first = occasions.rows[np.setdiff1d(np.arange(len(key)), later)]
        starts = occasions.starts[later]
        asked = (starts <= self._until) & (starts >= self._from)
        later = later[asked & (starts >= bound(rule.start)) & (starts < bound(rule.end))]
        kept, margins = compared(rule.limit, values[later] - values[later - 1])
        earlier = occasions.take((later - 1)[~kept])
        more = [self._around(rule, earlier), self._around(rule, whole), whole.rows, first]
        found = self._left(rule, occasions.take(later), kept, margins, COUNT, more)
        causes = np.unique(np.concatenate([occasions.take(later[~kept]).rows, whole.rows, first]))
        return found._replace(causes=causes)

    def _beats(self, rule: Rule, measure: Spacing) -> Screened:
        """Inside each stretch in which it is due: from its beginning to the first, between any two, to its end."""
        first, last = max(self._from, bound(rule.start)), min(self._until, bound(rule.end) - 1)
        occasions = self._all_occasions(rule)
        if occasions.asked.closings is not None:
            raise NotScreened
        beats = self._shared(
            occasions, measure, lambda: self._stretches(rule, measure, occasions, first, last), first, last
        )
        due, odd, rows, since, until = beats.due, beats.odd, beats.rows, beats.since, beats.until
        points, shown, begins, of = beats.points, beats.shown, beats.begins, beats.of
        kept, margins = compared(rule.limit, points[begins + 1] - points[begins])
        clean = ~odd[due.keys]
        clean[of[~kept]] = False
        inner = np.zeros(len(begins), np.bool_)
        holes = self._table.holes(rule.on.pattern) if isinstance(rule.on, OnEvents) else None
        if self._hides and rule.limit.at_least is None and (measure.only is None or measure.scope is None):
            # one more beat makes no silence longer, and what is due for a shorter time none either
            clean &= due.shown
            if holes and measure.only == "later":  # with one more, part of the first silence is a later one
                heads = np.cumsum(until - since + 2) - (until - since + 2)
                clean &= ~holes.touch(points[heads], points[heads + 1])
            inner = kept & self._inside(beats) & ~clean[of]
        else:
            clean &= due.sure
            if holes:
                clean &= ~holes.touch(due.lows, due.highs)
        if measure.scope is None:  # the stretch is all that is observed: what is left of a key is all of it
            odd = odd.copy()
            odd[due.keys[~clean]] = True
            clean &= ~odd[due.keys]
        counted = np.flatnonzero(clean[of] | inner)
        nearest = None
        if len(counted):
            if margins is not None:
                counted_margins = margins[counted]
                best = counted[counted_margins == counted_margins.min()]
            else:
                best = counted
            moments = points[begins[best]]
            best = best[moments == moments.min()]
            subjects = [
                self._beat_subject(measure, due.names[due.keys[of[at]]], shown[begins[at] : begins[at] + 2])
                for at in best
            ]
            margin = INFINITY if margins is None else unscaled(rule.limit, int(margins[best[0]]))
            subject = min(subjects, key=lambda name: name or "")
            nearest = Closest(margin, int(points[begins[best[0]]]), subject, DURATION)
        if self._hides:  # what else there may be is not known here
            rows, settled = self._left_of(rule, measure, occasions, beats, clean, inner)
            if due.scope is not None:  # of the others nothing is left
                clean &= due.scope.begun(rows)[due.runs]
            told = _spans(due, np.flatnonzero(clean))
            return Screened(len(counted), nearest, rows, told=told, settled=settled)
        left = np.flatnonzero(~clean & ~odd[due.keys])
        groups: dict[Key, Spans | None] = {due.names[at]: None for at in np.flatnonzero(odd)}
        groups.update(_spans(due, left))
        beat_rows = [rows[expanded(since[left], until[left])]]
        if odd.any() and len(occasions):
            beat_rows.append(occasions.rows[odd[due.beat_keys]])
        beat_rows.append(due.examples[np.unique(due.keys[left][due.keys[left] < len(due.examples)])])
        chosen = occasions.take(np.searchsorted(occasions.rows, np.unique(np.concatenate(beat_rows))))
        more = [self._around(rule, chosen), self._scope_rows(due, left, np.flatnonzero(odd))]
        return Screened(len(counted), nearest, self._closed(rule, np.concatenate(more)), groups=groups)

    def _inside(self, beats: "Beats") -> Mask:
        """Which silences are between two beats inside one interval of those that make something due, shown to be one.

        Whatever is missing, there is such a silence, and it lasts so long at most.
        """
        due, before, after = beats.due, beats.begins, beats.begins + 1
        found: Mask = (beats.shown[before] >= 0) & (beats.shown[after] >= 0) & ~beats.odd[due.keys[beats.of]]
        if due.scope is not None:
            combs = due.combs[due.keys[beats.of]]
            found &= due.scope.encloses(combs, beats.points[before], beats.points[after])
            # of an interval that only meets what is looked at, at its edge, nothing is asked
            found &= (beats.points[after] > due.lows[beats.of]) & (beats.points[before] < due.highs[beats.of])
        return found

    def _left_of(
        self, rule: Rule, measure: Spacing, occasions: Occasions, beats: "Beats", clean: Mask, inner: Mask
    ) -> tuple[Whole, Whole]:
        """What it takes to judge all but clean stretches and inner silences, whatever is missing; and what settles.

        All records but the beats between these, and of beats that follow one another in inner silences the first and
        the last: the first `settles` what is between them. Of the beats of a key one at least stays: without one, there
        is no such key.
        """
        assert isinstance(rule.on, OnEvents)  # noqa: S101 - what goes on is not told here
        due = beats.due
        settled, inside = np.zeros(len(beats.points), np.bool_), np.zeros(len(beats.points), np.bool_)
        settled[beats.begins[inner]] = True
        if measure.only == "first" and measure.scope is None:  # nothing is asked of the later ones
            settled[:-1] |= (beats.shown[:-1] >= 0) & (beats.shown[1:] >= 0)
        inside[1:] = settled[1:] & settled[:-1]
        of_beats, of_scope = rule.on.pattern.types, types_of(measure)
        conditioned = rule.on.during is not None or rule.on.outside is not None
        if conditioned or of_beats is None or of_scope is None or of_beats & of_scope:
            return self._table.of_types(types_of(rule)), beats.shown[settled]
        asked = np.repeat(~clean, beats.until - beats.since + 2) & ~inside & (beats.shown >= 0)
        settling = beats.shown[settled & ~inside]
        if due.scope is None or measure.scope is None:  # a stretch is all that is observed
            keys = due.keys[~clean & (due.keys < len(due.examples))]
            odd = occasions.rows[beats.odd[due.beat_keys]]
            return np.unique(np.concatenate([beats.shown[asked], odd, due.examples[keys]])), settling
        within = np.zeros(len(occasions), np.bool_)
        within[np.searchsorted(occasions.rows, beats.shown[beats.shown >= 0])] = True
        elsewhere = ~within & due.scope.may_touch(due.combs[due.beat_keys], occasions.starts - 1, occasions.starts + 1)
        whole = occasions.rows[elsewhere | beats.odd[due.beat_keys]]
        more = [self._scope_of(measure, measure.scope, due, clean), beats.shown[asked], whole, due.examples]
        return self._closed(rule, np.concatenate(more)), settling

    def _scope_of(self, measure: Spacing, scope: Spell, due: "Due", clean: Mask) -> Whole:
        """The records that show all stretches but these, and all that gaps may hide of others; none in part."""
        plain = isinstance(scope, (Between, Where)) and all(isinstance(part, Between) for part in primitives(scope))
        if due.scope is None or not plain or not measure.per == scope.per == ("subject",):
            return self._table.of_types(types_of(scope))
        whole = due.odd | (due.combs == len(due.scope.keys))  # of whom none is shown, one may be hidden at any time
        left = self._scope_rows(due, np.flatnonzero(~clean), np.flatnonzero(whole))
        return np.concatenate([left, due.scope.of_several(), self._intervals.standing(scope)])

    def _stretches(self, rule: Rule, measure: Spacing, occasions: Occasions, first: int, last: int) -> "Beats":
        """Stretches and the beats in them, between two instants."""
        due = self._due(rule, measure, occasions, first, last)
        genuine = self._table.authentic[occasions.rows]
        odd = due.odd.copy()
        odd[due.beat_keys[occasions.loose & genuine]] = True
        key, rows = due.beat_keys[genuine], occasions.rows[genuine]
        order = np.argsort(key, kind="stable")
        key, rows = key[order], rows[order]
        beats = self._table.time[rows]
        ranked = Ranked.of(key, beats)
        since = ranked.last_before(due.keys, due.lows, inclusive=False) + 1
        since = np.maximum(since, np.searchsorted(key, due.keys, side="left"))
        until = np.maximum(ranked.last_before(due.keys, due.highs, inclusive=True) + 1, since)
        # of each stretch its beginning, the beats within it and its end, one after the other
        many = until - since + 2
        heads = np.cumsum(many) - many
        tails = heads + many - 1
        points = np.empty(int(many.sum()), np.int64)
        shown = np.full(len(points), -1)
        inner = np.ones(len(points), np.bool_)
        inner[heads] = inner[tails] = False
        points[heads], points[tails] = due.lows, due.highs
        places = expanded(since, until)
        points[inner], shown[inner] = beats[places], rows[places]
        stretch = np.repeat(np.arange(len(many)), many)
        begins = np.flatnonzero(np.arange(len(points)) != tails[stretch])
        if measure.only is not None:
            begins = begins[(begins == heads[stretch[begins]]) == (measure.only == "first")]
        shown, begins, of = (shortened(one) for one in (shown, begins, stretch[begins]))
        return Beats(due, odd, rows, since, until, points, shown, begins, of)

    def _beat_subject(self, measure: Spacing, key: Key, beats: Whole) -> str | None:
        if measure.per:
            named = dict(key).get("subject")
            return named if isinstance(named, str) else None
        before, after = (int(row) for row in beats)
        return self._table.subject(after if after >= 0 else before) if max(before, after) >= 0 else None

    def _due(self, rule: Rule, measure: Spacing, occasions: Occasions, first: int, last: int) -> "Due":
        """In which stretches of which keys something is due between two instants."""
        table, per = self._table, measure.per
        number = table.keys(per, occasions.rows)
        if (number < 0).any():
            raise NotScreened
        _, example, beat_keys = np.unique(number, return_index=True, return_inverse=True)
        examples = occasions.rows[example]
        codes = {name: table.codes(name)[examples] for name in per}
        names = table.named(per, list(codes.values()), len(examples))
        if not per and not names:
            names = [()]
        if tuple(per) == ("subject",):
            known = set(names)
            pattern = rule.on.pattern if isinstance(rule.on, OnEvents) else ANYTHING
            silent = [name for name in table.trace.subjects_of(pattern) if (("subject", name),) not in known]
            names = names + [(("subject", name),) for name in silent]
            places = {name: at for at, name in enumerate(table.column("subject").values) if isinstance(name, str)}
            of_silent = np.array([places.get(name, NOWHERE) for name in silent], np.int32)
            codes["subject"] = np.concatenate([codes["subject"], of_silent])
        count = len(names)
        everywhere = np.arange(count)
        if measure.scope is None:
            lows, highs = np.full(count, first), np.full(count, last)
            plain, sure = np.zeros(count, np.bool_), np.ones(count, np.bool_)
            found = Due(
                names, beat_keys, everywhere, lows, highs, plain, None, everywhere, examples, sure, sure, [], everywhere
            )
        else:
            scope = measure.scope
            if not isinstance(scope, (Between, Stated, Where)) or not set(scope.per) <= set(per):
                raise NotScreened
            shown_by = [self._intervals.keyed(part, tuple(scope.per)) for part in (scope, *primitives(scope))]
            parts = [(one, one.places([codes[name] for name in scope.per], count)) for one in shown_by]
            keyed, combs = parts[0]
            since = np.searchsorted(keyed.run_keys, combs, side="left")
            until = np.searchsorted(keyed.run_keys, combs, side="right")
            runs, keys = expanded(since, until), np.repeat(everywhere, until - since)
            lows, highs = np.maximum(keyed.run_starts[runs], first), np.minimum(keyed.run_ends[runs], last)
            odd, sure = (keyed.odd_keys if self._hides else keyed.lacking)[combs], keyed.run_sure[runs]
            shown = keyed.run_shown[runs]
            found = Due(names, beat_keys, keys, lows, highs, odd, keyed, combs, examples, sure, shown, parts, runs)
        there = found.lows < found.highs
        return found._replace(
            keys=found.keys[there], lows=found.lows[there], highs=found.highs[there],
            sure=found.sure[there], shown=found.shown[there], runs=found.runs[there],
        )  # fmt: skip

    def _scope_rows(self, due: "Due", left: Whole, odd: Whole) -> Whole:
        """The records that show some stretches, and all of some keys."""
        far, keys = np.full(len(odd), FAR), due.keys[left]
        found = [EMPTY]
        for part, places in due.parts:
            found.append(part.touching(places[keys], due.lows[left], due.highs[left]))
            found.append(part.touching(places[odd], -far, far))
        return np.concatenate(found)


def _spans(due: "Due", at: Whole) -> dict[Key, Spans]:
    """Some stretches, by key."""
    found: dict[Key, list[tuple[int, int]]] = {}
    for key, low, high in zip(*(side[at].tolist() for side in (due.keys, due.lows, due.highs)), strict=True):
        found.setdefault(due.names[key], []).append((low, high))
    return {name: frozenset(spans) for name, spans in found.items()}


class Beats(NamedTuple):
    """The points at which something is due or there, stretch after stretch, and the record that each is `shown` by.

    `begins` are the points with which a pause begins, each `of` a stretch; `since` to `until` the places of the beats
    of a stretch in `rows`. Of `odd` keys columns do not tell.
    """

    due: "Due"
    odd: Mask
    rows: Whole
    since: Whole
    until: Whole
    points: Whole
    shown: Whole
    begins: Whole
    of: Whole


class Due(NamedTuple):
    """When something is due: the keys, the key of each beat, and of each stretch its key and its ends.

    Of `odd` keys columns do not tell. `scope` are the intervals that make it due, `combs` the key of each among them.
    """

    names: list[Key]
    beat_keys: Whole
    keys: Whole
    lows: Whole
    highs: Whole
    odd: Mask
    scope: Keyed | None
    combs: Whole
    examples: Whole
    """A record of each of the first keys: without one, there is no such key."""
    sure: Mask
    """Which stretches are due in every case, from beginning to end."""
    shown: Mask
    """Which stretches are due for no longer than records show, although it may be for a shorter time."""
    parts: list[tuple[Keyed, Whole]]
    """The scope and the intervals that it is made of, and the place of each key among those of each."""
    runs: Whole
    """Which run of the scope each stretch is."""
