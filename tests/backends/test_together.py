"""What all assets come to together, added up bin by bin of a scanned log: the report of the whole log, byte for byte."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small
from hypothesis import given
from hypothesis import strategies as st

from checker import scanned
from checker.backends.columnar import Together
from checker.backends.columnar.together import Turns
from checker.backends.pieces import PIECE
from checker.backends.screening import HELD
from checker.logs import read_logs
from checker.pipeline import run
from checker.render import FORMATS, Page
from checker.rulebook import Rulebook
from checker.scan import STRETCH
from checker.telling import report
from checker.timeline import parse_instant

RULES = [
    "{kind: concurrent, of: run, at_most: $n}",
    "{kind: concurrent, of: run, at_most: $n, exclusive: true}",
    "{kind: concurrent, of: run, at_least: 0, at_most: $n}",
    "{kind: concurrent, of: run, at_least: 1}",
    "{kind: concurrent, of: run, at_least: 1, effective: {from: 2031-01-01T00:00:20Z}}",
    "{kind: concurrent, of: run, at_most: $n, effective: {from: 2031-01-01T00:00:10Z, until: 2031-01-01T00:00:30Z}}",
    "{kind: concurrent, of: some, at_most: $n}",
    "{kind: concurrent, of: stated, at_most: $n}",
    "{kind: concurrent, of: busy, at_most: $n}",
    "{kind: concurrent, of: run, sum: w, at_most: 2.5}",
    "{kind: concurrent, of: run, sum: w, at_most: 1.25, exclusive: true}",
    "{kind: concurrent, of: open, at_most: $n}",
    "{kind: total, of: run, in: 7 s, at_most: $t, per: []}",
    "{kind: total, of: run, in: 7 s, at_most: $t, exclusive: true, per: []}",
    "{kind: total, of: run, in: 20 s, at_least: 1 s, per: []}",
    "{kind: total, of: run, in: 5 s, at_most: $t, history: unknown, per: [], effective: {from: 2031-01-01T00:00:10Z}}",
    "{kind: total, event: T, field: n, in: 5 s, at_most: 4.5, per: []}",
    "{kind: total, event: T, field: n, in: 9 s, at_most: 12, at_least: 0, per: []}",
    "{kind: count, event: T, in: 3 s, at_most: $n, per: []}",
    "{kind: count, event: T, during: run, in: 3 s, at_most: $n, per: []}",
    "{kind: count, event: T, in: 8 s, at_least: 1, per: []}",
    "{kind: count, of: run, in: 4 s, at_most: $n, per: []}",
    # before the log there may be more
    "{kind: total, of: run, in: 5 s, at_most: $t, history: unknown, per: []}",
    # these are told apart by something, or tied to others: columns take all of them at once
    "{kind: concurrent, of: run, at_most: 1, per: k}",
    "{kind: concurrent, of: site, at_most: 1}",
    "{kind: total, of: run, each: day, at_most: 60 s, per: []}",
]
PLAIN = [
    "{kind: concurrent, of: run, at_most: $n}", "{kind: concurrent, of: some, at_most: $n}",
    "{kind: total, of: run, in: 7 s, at_most: $t, per: []}", "{kind: count, of: run, in: 4 s, at_most: $n, per: []}",
]  # fmt: skip
"""Of these all sorts occur: kept and broken, with and without odd keys."""
OTHERS = RULES[-4]
"""The first that is not added up bin by bin."""
EVENTS = """{
    'ON': {k: text, w: number}, 'OFF': {k: text}, T: {n: number, k: text}, S: {until: instant, k: text},
    B: {k: text}
}"""
SPELLS = """{
    run: {from: 'ON', until: 'OFF'},
    some: {of: run, where: {k: p}},
    stated: {event: S, starts: time, ends: until},
    busy: {event: B, lasts: 3 s},
    open: {from: 'ON', until: 'OFF', per: [subject, k]},
    site: {from: 'ON', until: 'OFF', per: k}
}"""
BEGAN = parse_instant("2031-01-01T00:00:00Z")[0]


def book(constraint: str) -> Rulebook:
    given: dict[str, Any] = small.read(constraint)
    events, intervals = small.read(EVENTS), small.read(SPELLS)
    return small.rulebook({"history": "complete", "events": events, "intervals": intervals, "constraint": given})


def at(second: float) -> str:
    return f"2031-01-01T00:{int(second) // 60:02d}:{second % 60:04.1f}Z"


def lines(chance: random.Random) -> list[str]:
    """Assets that go on and off by turns, many of them at the same instants; in some logs one of them does not."""
    found: list[tuple[float, dict[str, Any]]] = []
    grain = chance.choice((1.0, 0.5))

    def add(second: float, name: str, asset: str, **fields: Any) -> None:
        found.append((second, {"time": at(second), "type": name, "subject": asset, **fields}))

    for number in range(chance.choice((1, 3, 8))):
        asset, second = f"U-{number}", 0.0
        for _ in range(chance.randint(0, 4)):
            second += grain * chance.randint(1, 9)
            k, w = chance.choice("pq"), chance.choice((1, 0.5, 0.25, 2, 1))
            add(second, "ON", asset, k=k, w=w)
            if chance.random() < 0.3:
                add(second, "T", asset, n=chance.choice((1, 2.5, 0, 3)), k=k)
            second += grain * chance.randint(1, 9)
            if chance.random() < 0.9:
                add(second, "OFF", asset, k=k)
            else:
                break
        for _ in range(chance.randint(0, 3)):
            second = grain * chance.randint(0, 40)
            add(second, "T", asset, n=chance.choice((1, 2.5, 0.125, 3)), k=chance.choice("pq"))
            add(second, "S", asset, until=at(second + chance.randint(0, 9)), k="p")
            add(second, "B", asset, k="p")
    for _ in range(chance.choice((0, 0, 1, 1, 3)) if found else 0):
        second, row = chance.choice(found)
        found.append(chance.choice([
            *[(second + 0.5, {**row, "time": at(second + 0.5)})] * 4,
            (second, {**row, "type": chance.choice(("ON", "OFF")), "w": 1}),
            (second, {**row, "k": "r"}),
            (second, {name: value for name, value in row.items() if name not in ("w", "n")}),
            (second, {**row, "time": "2031-01-01"}),
            (second, {name: value for name, value in row.items() if name != "subject"}),
            (second, {**row, "n": -1, "w": -1}),
        ]))  # fmt: skip
    chance.shuffle(found)
    return [json.dumps({**row, "id": str(place)}) for place, (_, row) in enumerate(found)]


SEEDS = range(40)


def told(constraint: str, seed: int, folder: Path) -> tuple[str, str | None]:
    """What the whole log and the scanned one are told to be; None where it cannot be scanned."""
    chance = random.Random(f"{constraint} {seed}")
    text = constraint.replace("$n", str(chance.randint(0, 4))).replace("$t", f"{chance.randint(0, 12)} s")
    rulebook, path = book(text), folder / f"{seed}.jsonl"
    path.write_text("\n".join(lines(chance)) + "\n", encoding="utf-8")
    span = chance.choice(((None, None), (None, None), (BEGAN + 5_000_000, BEGAN + 30_000_000)))
    options: dict[str, Any] = {"observed_from": span[0], "observed_until": span[1]}
    logs = read_logs([str(path)], rulebook.mapping)
    whole = FORMATS["json"](report(run(logs, rulebook, backend="reference", every=False, **options)), Page())
    options |= {"most": chance.choice((1, 3, 10)), "stretch": chance.choice((1, 7, STRETCH))}
    options |= {"held": chance.choice((0, HELD)), "piece": chance.choice((1, PIECE))}
    try:
        found = FORMATS["json"](report(scanned.run([str(path)], rulebook.mapping, rulebook, **options)), Page())
    except scanned.NotScannable:
        return whole, None
    return whole, found


def differs(constraint: str, seed: int, folder: Path) -> bool:
    """Whether they are told to be different."""
    whole, found = told(constraint, seed, folder)
    return found not in (None, whole)


@pytest.mark.parametrize("constraint", RULES)
def test_it_is_told_as_of_the_whole_log(constraint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[Together] = []
    judge = Together.judge
    monkeypatch.setattr(Together, "judge", lambda one: (judge(one), judged.append(one)))
    broken = 0
    for seed in SEEDS:
        whole, found = told(constraint, seed, tmp_path)
        if found is None:
            continue
        assert found == whole, f"{constraint}, seed {seed}"
        broken += json.loads(whole)["verdict"] == "violated"
    if RULES.index(constraint) >= RULES.index(OTHERS):
        assert len(judged) < 3
        return
    assert len(judged) > 3
    if constraint in PLAIN:
        assert broken
        assert {one.kept for one in judged} == {True, False}
        assert {bool(one.odd) for one in judged} == {True, False}


PART = st.dictionaries(st.integers(-40, 40), st.integers(-300, 300)).map(lambda part: sorted(part.items()))


@given(st.lists(st.tuples(PART, st.integers(0, 2))), st.integers(1, 3), st.integers(1, 9))
def test_turns_of_many_bins_come_out_in_order_and_added_up(
    parts: list[tuple[list[tuple[int, int]], int]], each: int, most: int
) -> None:
    turns, digits = Turns(most, each), max((its for _, its in parts), default=0)
    wanted: dict[int, int] = {}
    for part, its in parts:
        turns.add(np.array([time for time, _ in part], np.int64), np.array([one for _, one in part], np.int64), its)
        for time, one in part:
            wanted[time] = wanted.get(time, 0) + one * 10 ** (digits - its)
    assert turns.digits == digits
    for _ in range(2):
        found = [pair for stretch in turns.stretches() for pair in zip(*map(np.ndarray.tolist, stretch), strict=True)]
        assert found == sorted(wanted.items())


def test_turns_are_put_together_some_at_a_time() -> None:
    turns = Turns(most=1_000, each=10)
    for bin_ in range(20):
        turns.add(np.arange(bin_, 20_000, 20), np.ones(1_000, np.int64))
    sizes = [len(times) for times, _ in turns.stretches()]
    assert sum(sizes) == 20_000
    assert max(sizes) <= 1_200
