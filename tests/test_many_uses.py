"""What is found of waivers by index is what looking at every use and every condition finds."""

import random
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import test_waivers
from hypothesis import given
from hypothesis import strategies as st

from checker import waiver
from checker.bounds import Bounds
from checker.event import UNKNOWN
from checker.measure import DURATION, Portion
from checker.obligation import Verdict
from checker.rulebook import parse_rulebook
from checker.waiver import Activity, Part, Parts, Use, uses_of

AT = st.integers(0, 12)
SPAN = st.tuples(AT, st.integers(1, 4)).map(lambda pair: (pair[0], pair[0] + pair[1]))
VERDICTS = st.sampled_from([Verdict.SATISFIED, Verdict.VIOLATED, Verdict.PENDING, Verdict.INCONCLUSIVE])


@st.composite
def parts(draw: Any) -> Part:
    span = draw(st.none() | SPAN)
    whole = span is None and draw(st.booleans())
    return Part(draw(VERDICTS), "C", f"C-{draw(AT)}", draw(st.none() | AT), span=span, whole=whole)


@given(st.lists(st.lists(parts(), max_size=6), max_size=3), st.none() | SPAN, st.booleans())
def test_what_conditions_say_of_a_stretch(
    groups: list[list[Part]], piece: tuple[int, int] | None, certain: bool
) -> None:
    given_waiver: Any = SimpleNamespace(precedent=(1,), subsequent=(), meanwhile=False)
    activity = Activity(SimpleNamespace(opening=None, closing=None), Bounds(0, 0), Bounds(9, 9), certain, ())  # type: ignore[arg-type]
    use = Use(given_waiver, activity, tuple(map(Parts, groups)), ())
    for group in groups:
        assert Parts(group).verdicts(piece) == {part.verdict for part in group if part.concerns(piece)}
    every = [part for group in groups for part in group]
    verdicts = {part.verdict for part in every if part.concerns(piece)} | {Verdict.SATISFIED}
    validity = waiver.worst(verdicts if certain else verdicts | {Verdict.INCONCLUSIVE})
    assert use.validity(piece) is validity
    deciding = [part for part in every if part.concerns(piece) and part.verdict is validity]
    assert list(use.deciding(piece)) == ([] if validity is Verdict.SATISFIED else deciding)
    pending = [part for part in every if part.verdict is Verdict.PENDING]
    assert sorted(map(id, use.open)) == sorted(map(id, pending))
    assert use.provisional is bool(pending)
    first, last = piece or (0, 20)
    edges = {edge for part in every if part.span is not None for edge in part.span if first < edge < last}
    assert use.edges(first, last, {}, 0) == edges


class Thing:
    """A record, or something that went on."""

    def __init__(self, key: Any, going_on: bool = False) -> None:
        self.key, self.going_on, self.opening, self.closing = key, going_on, self, None

    def get(self, name: str) -> Any:
        return self.key


class Doing(Activity):
    """An activity about a thing, or one that no record shows."""

    __slots__ = ("shows",)

    def __init__(self, thing: Thing, shows: bool) -> None:
        super().__init__(thing, Bounds(0, 0), Bounds(9, 9), shows, ())  # type: ignore[arg-type]
        self.shows = shows

    @property
    def cause(self) -> Any:
        return self.item if self.shows else None

    @property
    def going_on(self) -> bool:
        return self.item.going_on


EVERY: Any = None
KEYS = st.sampled_from(["a", "b", UNKNOWN, None])
THINGS = st.builds(Thing, KEYS, st.booleans())


def looked_at(activity: Doing, own: set[Any], judged: list[Any], tied: bool) -> Iterator[tuple[Any, bool]]:
    """The obligations of an activity, found by looking at each of them."""
    ours = activity.item.get("k")
    about = [(one, waiver.causes(one.obligation)[0]) for one in judged]
    yield from ((one, True) for one, cause in about if cause in own and cause is activity.cause)
    others = [(one, cause.get("k")) for one, cause in about if tied and cause not in own]
    keys = dict.fromkeys(theirs for _, theirs in others if theirs is not None and theirs is not UNKNOWN)
    for key in keys:
        yield from ((one, ours is not UNKNOWN) for one, theirs in others if theirs == key and ours in (key, UNKNOWN))
    yield from ((one, False) for one, theirs in others if theirs is UNKNOWN)


@given(st.data(), st.booleans())
def test_conditions_of_many_activities(data: Any, tied: bool) -> None:
    activities = data.draw(st.lists(st.builds(Doing, THINGS, st.booleans()), max_size=5))
    own = {activity.cause for activity in activities}
    about = st.sampled_from([a.item for a in activities]) | THINGS if activities else THINGS
    condition: Any = SimpleNamespace(id="C")
    judged = []
    for number in range(data.draw(st.integers(0, 6))):
        verdict, (start, end) = data.draw(VERDICTS), data.draw(SPAN | AT.map(lambda at: (at, at)))
        unit, portion = data.draw(st.sampled_from([DURATION, "count"])), data.draw(st.booleans())
        obligation = SimpleNamespace(
            verdict=verdict, due=None, reason="", unit=unit, start=start, end=end, measured=Bounds(1, 1 + number % 2),
            witnesses=[SimpleNamespace(role="trigger", event=data.draw(about))],
        )  # fmt: skip
        measure = Portion(EVERY, True) if portion else None
        judged.append(SimpleNamespace(
            constraint=condition, rule=SimpleNamespace(measure=measure), obligation=obligation, finding_id=f"C-{number}",
        ))  # fmt: skip
    given_waiver: Any = SimpleNamespace(precedent=(condition,), subsequent=(), same=(("k", "k"),) if tied else ())
    uses = uses_of(given_waiver, activities, {"C": judged})
    for use, activity in zip(uses, activities, strict=True):
        found = [part for some in use.precedent for part in some]
        pairs = looked_at(activity, own, judged, tied)
        each = [p for one, sure in pairs for p in waiver._parts(one, one.finding_id, sure, activity.going_on)]
        assert found == each


BOOK = test_waivers.BOOK.replace("constraints:\n", "clock: {event: SYNC, offset: offset}\nconstraints:\n", 1)
BOOK = BOOK.replace('  "OFF": {}\n', '  "OFF": {}\n  SYNC: {offset: number}\n', 1)
TYPES = ["LEAVE", "LEAVE", "BACK", "HOME", "SIGNED", "ON", "OFF", "GUARD", "UNGUARD"]


def random_log(chance: random.Random) -> list[str]:
    """Departures of two assets and what may be held against them, by clocks that may be off, some records missing."""
    lines = []
    for minute in sorted(chance.sample(range(8 * 60, 10 * 60), 24)):
        name, asset = chance.choice(TYPES), chance.choice("AB")
        source = chance.choice("ST")
        why = " why=storm" if name == "LEAVE" and chance.random() < 0.7 else ""
        lines.append(f"{minute // 60:02}:{minute % 60:02} {name} {asset}{why} source={source}")
    numbers: Counter[str] = Counter()
    kept = []
    for text in lines:
        numbers[text[-1]] += 1
        if chance.random() > 0.1:
            kept.append(f"{text} seq={numbers[text[-1]]}")
    return [*kept, "20:00 SYNC - source=S offset=240"] if chance.random() < 0.5 else kept


@pytest.mark.parametrize("seed", range(60))
def test_what_began_meanwhile(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines, book = random_log(random.Random(seed)), parse_rulebook(BOOK)
    found = test_waivers.report(*lines, book=book).to_dict()
    monkeypatch.setattr(waiver._Meanwhile, "near", lambda self, first, last: iter(self._nearby.items))
    assert test_waivers.report(*lines, book=book).to_dict() == found
