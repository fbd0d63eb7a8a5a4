"""What serves once only, beside gaps: of occasions out of reach of all that is missing columns tell as the reference does."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import pipeline, scanned, telling
from checker.backends import screening
from checker.backends.columnar import Screened, partners
from checker.event import Event
from checker.logs import from_dicts, read_logs
from checker.measure import Rule
from checker.obligation import Obligation
from checker.render import FORMATS, Page
from checker.report import Report
from checker.rulebook import Rulebook, parse_rulebook

Row = dict[str, object]

HEAD = """
rulebook: {id: once, version: "1", title: Once, zone: UTC, history: HISTORY}
events: {T: {k: "text?"}, N: {k: "text?"}}
gaps: GAPS
constraints:
"""
GAPS = (
    "{}",
    "{about: assets_shown}",
    "{never_hide: [T]}",
    "{never_hide: [N]}",
    "{never_hide: [N], about: assets_shown}",
)
SAME = ("[subject, k]", "k", "subject", "[k, source]")
LONG = ("1 s", "6 s", "6 s, exclusive: true", "40 s", "6 s, effective: {from: 2031-01-01T00:00:40Z}")
ASKED = [
    *(f"kind: followed_by, event: T, by: N, within: {most}" for most in LONG),
    *(f"kind: preceded_by, event: N, by: T, at_most: {most}" for most in LONG),
    "kind: followed_by, event: T, by: N",
    "kind: followed_by, event: T, by: [T, N], within: 6 s",
    "kind: followed_by, event: T, by: N, within: 6 s, unless: T",
    "kind: followed_by, event: T, by: N, at_least: 1 s, within: 6 s",
    "kind: preceded_by, event: N, by: T, at_least: 1 s",
]
KINDS = [f"{kind}, same: {same}" for kind in ASKED for same in SAME]
BOOKS: dict[int, Rulebook] = {}


def book(at: int) -> Rulebook:
    """Some of the constraints, under some gaps, with a history that is complete or not."""
    if at not in BOOKS:
        chance = random.Random(f"book {at}")
        BOOKS[at] = made(chance.sample(KINDS, 15), GAPS[at % len(GAPS)], chance.choice(("complete", "unknown")))
    return BOOKS[at]


def made(kinds: Sequence[str], gaps: str, history: str) -> Rulebook:
    more = "title: T, text: T, group: G, severity: major, source: s, once: true"
    lines = (f"  - {{id: R-{number}, {more}, {kind}}}" for number, kind in enumerate(kinds))
    return parse_rulebook(HEAD.replace("GAPS", gaps).replace("HISTORY", history) + "\n".join(lines))


def row(second: int, name: str, asset: str, source: str, number: int, k: str) -> Row:
    at = f"2031-01-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
    return {"time": at, "type": name, "subject": asset, "source": source, "seq": number, "data": {"k": k}}


def log(chance: random.Random) -> list[Row]:
    """Many things asked for and done, most once each, some never or twice, and a few gaps of some sort."""
    rows: list[Row] = []
    numbers: Counter[str] = Counter()
    steps = chance.choice(((0, 1, 2), (1, 3, 9), (0, 1, 1, 20)))
    rare, shared = chance.choice((0, 0.1, 0.3)), chance.choice((0, 0.05, 0.3))
    drawn: list[tuple[int, str, str, str, str]] = []
    second = 0
    for turn in range(chance.randint(4, 40)):
        second += chance.choice(steps)
        asset, k = chance.choice("AAB"), chance.choice("xy") if chance.random() < shared else f"{turn}"
        source = chance.choice("pp") if asset == "A" else chance.choice("pq")
        done = ["T", "N"]
        if chance.random() < rare:
            done = chance.choice((["T"], ["N"], ["N", "T"], ["T", "N", "N"], ["T", "T", "N"], ["N", "N"]))
        at = second
        for name in done:
            drawn.append((at, name, asset, source, k))
            at += chance.choice((0, 1, 2, 5, 6, 7, 30)) if chance.random() < 0.3 else chance.choice((0, 1, 2))
    for _ in range(chance.choice((0, 0, 1, 2))):  # many that nobody asked for, or that nothing is done about
        at, name = chance.randrange(second + 1), chance.choice("TN")
        for _ in range(chance.randint(3, 12)):
            drawn.append((at, name, chance.choice("AB"), "p", chance.choice("zv")))
            at += chance.choice((0, 1, 1, 2))
    for at, name, asset, source, k in sorted(drawn, key=lambda one: one[0]):
        rows.append(row(at, name, asset, source, numbers[source], k))
        numbers[source] += 1
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at, how = chance.randrange(len(rows)), chance.random()
        if how < 0.6 and len(rows) > 3:
            del rows[at : at + chance.choice((1, 1, 2, 4))]
        elif how < 0.85:
            rows[at]["type"] = ""
        else:
            rows[at]["time"] = "never"
        if not rows:
            return [row(0, "T", "A", "p", 0, "x")]
    doubt = chance.choice((0, 0, 0, 0.03, 0.1))
    for one in rows:
        how = chance.random()
        if how < doubt:
            one["time"] = str(one["time"])[:16] + "Z"
        elif how < 2 * doubt:
            one["data"] = {}
    return rows


def page(report: Report) -> str:
    return FORMATS["json"](report, Page())


def told(rulebook: Rulebook, path: Path, backend: str) -> str:
    return page(telling.report(pipeline.run(read_logs([str(path)]), rulebook, backend=backend, every=False)))


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(st.integers(0, 29), st.integers(0, 1 << 48))
def test_both_backends_tell_the_same_of_what_serves_once(at: int, seed: int) -> None:
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.jsonl"
        path.write_text("".join(json.dumps(one) + "\n" for one in log(chance)))
        expected = told(book(at), path, "reference")
        with mock.patch.object(partners, "_FEW", chance.choice((0, 64))):
            assert told(book(at), path, "columnar") == expected
            most = chance.choice((1, 3, 10))
            found = scanned.run([str(path)], book(at).mapping, book(at), most=most, piece=chance.choice((1, 1000)))
        assert page(telling.report(found)) == expected


def lasting(many: int) -> list[Row]:
    """So many things asked for and done once each, one twice, one never, and one record that is missing."""
    rows: list[Row] = []
    for turn in range(many):
        done = {many // 3: ("T", "N", "N"), many // 2: ("T",)}.get(turn, ("T", "N"))
        for step, name in enumerate(done):
            rows.append(row(60 * turn + 3 * step, name, "A", "p", len(rows), f"{turn}"))
    del rows[len(rows) // 4]
    return rows


@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize("kind", [
    "kind: followed_by, event: T, by: N, within: 40 s, same: [subject, k]",
    "kind: preceded_by, event: N, by: T, at_most: 40 s, same: k",
])  # fmt: skip
def test_the_records_judged_do_not_grow_with_the_log(kind: str, gaps: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: Counter[int] = Counter()
    told_of = screening._judged
    for many in (40, 160):

        def counting(rule: Rule, left: Screened, events: Sequence[Event], many: int = many) -> list[Obligation]:
            judged[many] += len(events)
            found: list[Obligation] = told_of(rule, left, events)
            return found

        monkeypatch.setattr(screening, "_judged", counting)
        rows, rulebook = lasting(many), made([kind], gaps, "complete")
        reports = [
            telling.report(pipeline.run([from_dicts(rows)], rulebook, backend=backend, every=False))
            for backend in ("reference", "columnar")
        ]
        assert page(reports[0]) == page(reports[1])
    assert 0 < judged[160] <= judged[40] + 2, dict(judged)
