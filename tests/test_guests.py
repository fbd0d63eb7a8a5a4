"""Intervals of which it is withheld whose they are: found for each asker as by looking at each of them."""

import random
from typing import Any

import pytest
import small

from checker import pipeline
from checker.event import UNKNOWN
from checker.interval import may_be
from checker.measure import OnIntervals
from checker.pairing import Intervals
from checker.rulebook import parse_rulebook

BOOK = """
rulebook: {id: small, version: "1", title: Small}
events:
  "ON": {k: text}
  "OFF": {k: text}
intervals:
  run: {from: "ON", until: "OFF", per: [subject, k]}
constraints:
  - {id: LONG, title: Long, text: A run is short., group: g, severity: major, source: illustrative,
     kind: duration, of: run, at_most: 1 h}
"""


def random_log(chance: random.Random) -> list[str]:
    """Runs of a few keys, some of which is withheld, and some records of which are missing."""
    numbers = dict.fromkeys("ST", 0)
    lines = []
    for minute in sorted(chance.sample(range(60), 14)):
        source = chance.choice("ST")
        numbers[source] += 1
        if chance.random() < 0.8:
            key = chance.choice([" k=a", " k=b", ""])
            name, asset = chance.choice(["ON", "OFF"]), chance.choice("AB-")
            lines.append(f"2031-05-01T08:{minute:02}:00Z {name} {asset}{key} source={source} seq={numbers[source]}")
    return lines


@pytest.mark.parametrize("seed", range(80))
def test_who_may_be_of_a_key(seed: int) -> None:
    chance = random.Random(seed)
    check = pipeline.run([small.log(random_log(chance))], parse_rulebook(BOOK))
    on = check.rulebook.constraints[0].clauses[0].rules[0].on
    assert isinstance(on, OnIntervals)
    intervals = Intervals(check.trace)
    for names in (("subject", "k"), ("subject",), ("k",), ()):
        match = tuple((name, name) for name in names)
        askers = [
            tuple((name, chance.choice(["A", "B", UNKNOWN] if name == "subject" else ["a", "b", UNKNOWN])) for name in names)
            for _ in range(4)
        ]  # fmt: skip
        for ours in askers:
            keyed: list[tuple[Any, Any]] = [
                (one, tuple((name, one.get(name)) for name in names)) for one in intervals.of(on.spell)
            ]
            withheld = {one: any(value is UNKNOWN for _, value in (*key, *ours)) for one, key in keyed}
            own = [one for one, key in keyed if not withheld[one] and key == ours]
            shown = bool(own) and len(names) == 2
            guests = [
                one for one, key in keyed if withheld[one] and may_be(key, ours) and not (shown and one.elsewhere)
            ]
            found = intervals._asked(on.spell, dict(ours).get, match)
            told = [[place_of(one) for one in some.items] for some in found]
            assert told == [[place_of(one) for one in some] for some in (own, guests)]


def place_of(one: Any) -> tuple[Any, ...]:
    """What tells an interval apart, also without what may be of another."""
    return one.start, one.end, one.opening, one.closing, one.key, one.many


def test_a_gap_hides_nothing_of_a_key_that_it_is_not_about() -> None:
    book = parse_rulebook(BOOK.replace("events:", "gaps: {about: assets_shown}\nevents:", 1))
    lines = [
        "08:00:00Z ON B k=a source=T seq=1", "08:10:00Z ON A k=a source=S seq=1",
        "09:50:00Z OFF A k=a source=S seq=4", "10:00:00Z OFF B k=a source=T seq=2",
    ]  # fmt: skip
    check = pipeline.run([small.log("2031-05-01T" + one for one in lines)], book)
    told = {(one.obligation.subject, str(one.verdict)) for one in check.judged if not one.obligation.hidden}
    assert told == {("A", "inconclusive"), ("B", "violated")}
