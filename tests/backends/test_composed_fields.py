"""What intervals carry beside their key, and what went on unseen before the log: told only where it is sure.

Short logs of one asset, as in `test_one_key`: of some records are hidden, of others the beginning is cut off.
"""

import random
from functools import cache
from typing import Any

import damage
import pytest

from checker import pipeline, telling
from checker.logs import from_dicts
from checker.pipeline import Check
from checker.rulebook import Rulebook, parse_rulebook
from checker.timeline import parse_instant

Row = dict[str, Any]

HEAD = """
rulebook: {id: composed, version: "1", title: What is made of others, history: HISTORY}
events:
  "ON": {w: number, k: text}
  "OFF": {c: text, k: text}
  P: {w: number, k: text, c: text}
  Q: {k: text}
  T: {n: number, k: text, c: text}
  B: {}
gaps: {about: assets_shown}
intervals:
  x: {from: "ON", until: "OFF", repeat: REPEAT}
  y: {from: P, until: Q}
  s: {event: P, lasts: 2 s}
  both: {all_of: [x, y]}
  either: {any_of: [x, y]}
  without: {all_of: [x, {not: y}]}
  wide: {of: both, before: 500 ms, after: 500 ms}
constraints:
"""
FORMS = ("x", "both", "either", "without", "wide", "{any_of: [s, y]}", "{end_of: either, lasts: 2 s}")
CARRIED = """
{kind: concurrent, of: OF, sum: w, at_most: 2}
{kind: concurrent, of: OF, sum: w, at_least: 1}
{kind: preceded_by, of: OF, by: T, same: [subject, k], at_most: 4 s}
{kind: followed_by, of: OF, by: T, same: [subject, c], within: 4 s}
{kind: agrees, of: OF, field: w, with: T, its: n, tolerance: 1}
{kind: agrees, of: OF, field: c, with: T, its: c}
{kind: count, of: OF, at_most: 1, per: [subject, k]}
{kind: total, of: OF, in: 6 s, at_most: 2 s, per: [subject, c]}
{kind: spacing, of: OF, at_least: 2 s, per: [subject, k]}
{kind: never, interval: {of: OF, where: {w: {at_least: 2}}}}
{kind: during, event: T, inside: {of: OF, where: {k: x}}}
{kind: never, event: T, during: OF, same: [subject, k]}
{kind: during, of: OF, inside: y, same: [subject, k]}
{kind: apart, of: OF, from: y, same: [subject, k]}
""".strip().splitlines()
"""Each asks for a field that is of no key; of each form of intervals."""
AROUND = """
{kind: during, event: T, inside: x}
{kind: never, event: T, during: x}
{kind: never, event: T, during: {not: x}}
{kind: never, event: T, during: x, same: [subject, k]}
{kind: never, event: T, during: {end_of: x, lasts: 2 s}}
{kind: never, event: T, during: {of: x, begun_in: y}}
{kind: during, event: T, inside: {of: x, lasting: {at_least: 2 s}}}
{kind: never, event: T, during: {of: x, lasting: {at_most: 2 s}}}
{kind: during, event: T, inside: {any_of: [x, y]}}
{kind: during, event: T, inside: {all_of: [x, {not: y}]}}
{kind: during, event: T, inside: {event: P, lasts: 4 s}}
{kind: apart, event: T, from: x, by: 1 s}
{kind: always, event: T, during: x, require: {k: x}}
{kind: count, event: T, during: x, at_most: 1}
{kind: preceded_by, event: T, during: x, by: P, at_most: 3 s}
{kind: followed_by, event: T, during: x, by: P, within: 2 s}
{kind: time_before, event: T, spent: x, in: 5 s, at_least: 2 s}
{kind: time_before, event: T, spent: {not: x}, in: 5 s, at_least: 2 s}
""".strip().splitlines()
"""Each depends on what goes on around an event."""
REPEATS = ("restarts", "continues", "switches")


def kinds(form: str) -> list[str]:
    return [kind.replace("OF", form) for kind in CARRIED] if form else AROUND


@cache
def book(repeat: str, form: str, history: str = "complete") -> Rulebook:
    common = "title: A limit, text: The limit is kept., group: test, severity: major, source: made up, "
    constraints = "\n".join(f"  - {{id: C-{n}, {common}{kind[1:]}" for n, kind in enumerate(kinds(form)))
    return parse_rulebook(HEAD.replace("REPEAT", repeat).replace("HISTORY", history) + constraints)


def carried(chance: random.Random, name: str) -> Row:
    fields: Row = {"k": chance.choice("xy")} if name != "B" else {}
    if name in ("ON", "P"):
        fields["w"] = chance.randint(0, 3)
    if name == "T":
        fields["n"] = chance.randint(0, 3)
    if name in ("OFF", "P", "T"):
        fields["c"] = chance.choice("xy")
    return fields


def drawn(chance: random.Random, repeat: str) -> list[Row]:
    """A complete log of a dozen seconds; its first and its last record say nothing."""
    names, going_on = [], {"x": False, "y": False}
    for _ in range(chance.randint(3, 8)):
        drawn = chance.random()
        which = "T" if drawn < 0.25 else "x" if drawn < 0.65 else "y"
        if which == "T" or (which == "x" and repeat != "restarts"):
            names.append("T" if which == "T" else chance.choice(["ON", "OFF"]))
            continue
        names.append({"x": ("ON", "OFF"), "y": ("P", "Q")}[which][going_on[which]])
        going_on[which] = not going_on[which]
    same = chance.random() < 0.2 and repeat != "continues"
    halves = [chance.randint(1, 12) for _ in names] if same else chance.sample(range(1, 24), len(names))
    seconds = [0, *(half / 2 for half in sorted(halves)), 13]
    return [
        {"time": f"2031-01-01T00:00:{second:06.3f}Z", "type": name, "id": f"r{n}", "seq": n, "source": "p",
         "subject": "D", "data": carried(chance, name)}
        for n, (name, second) in enumerate(zip(["B", *names, "B"], seconds, strict=True))
    ]  # fmt: skip


def hidden(chance: random.Random, rows: list[Row]) -> list[Row]:
    """The same without up to three of its records, never the first or the last."""
    inner = range(1, len(rows) - 1)
    many = chance.randint(1, min(3, len(inner)))
    first = chance.randint(1, len(rows) - 1 - many)
    gone = set(range(first, first + many)) if chance.random() < 0.5 else set(chance.sample(inner, many))
    return [row for n, row in enumerate(rows) if n not in gone]


def told_wrongly(true: Check, told: Check, asked: list[str]) -> list[str]:
    """What is told and contradicts what is true; where that is open itself nothing does."""
    one, other = damage.verdicts(true), damage.verdicts(told)
    return [
        asked[int(name[2:])] for name in one
        if one[name] != "inconclusive" and damage.opposed({str(one[name])}, other[name])
    ]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("repeat", REPEATS)
def test_what_an_interval_carries_is_told_only_where_it_is_sure(repeat: str, form: str) -> None:
    for seed in range(45 if repeat == "restarts" else 15):
        chance = random.Random(f"carried {repeat} {seed}")
        rows = drawn(chance, repeat)
        true, told = (
            pipeline.run([from_dicts(log)], book(repeat, form)) for log in (rows, hidden(chance, rows))
        )  # fmt: skip
        assert told_wrongly(true, told, kinds(form)) == [], seed


@pytest.mark.parametrize("repeat", REPEATS)
def test_what_lies_before_a_log_of_unknown_history_may_go_on_around_its_events(repeat: str) -> None:
    inconclusive = 0
    for seed in range(120):
        chance = random.Random(f"around {repeat} {seed}")
        rows = [{n: v for n, v in row.items() if n not in ("seq", "source")} for row in drawn(chance, repeat)]
        cut = chance.choice([n for n in range(1, len(rows)) if rows[n]["time"] > rows[n - 1]["time"]])
        span = parse_instant(rows[cut]["time"])[0] - chance.choice((0, 250_000)), parse_instant(rows[-1]["time"])[0]
        true, told = (
            pipeline.run([from_dicts(log)], book(repeat, "", history), observed_from=span[0], observed_until=span[1])
            for log, history in ((rows, "complete"), (rows[cut:], "unknown"))
        )  # fmt: skip
        assert told_wrongly(true, told, AROUND) == [], seed
        inconclusive += list(damage.verdicts(told).values()).count("inconclusive")
    assert inconclusive < 120 * len(AROUND) // 2  # what the log shows is told


@pytest.mark.parametrize("form", ["", *FORMS])
def test_both_backends_tell_the_same(form: str) -> None:
    for seed in range(12):
        chance = random.Random(f"twice {seed}")
        repeat, history = chance.choice(REPEATS), chance.choice(["complete", "unknown"])
        rows = drawn(chance, repeat)
        for log in (rows, hidden(chance, rows)):
            one, other = (
                telling.report(pipeline.run([from_dicts(log)], book(repeat, form, history), backend=backend)).to_dict()
                for backend in ("reference", "columnar")
            )
            assert one == other, seed
