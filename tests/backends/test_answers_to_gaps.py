"""What may be among missing records is answered by a few of those that are there, however many there are."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import pipeline, telling
from checker.backends import screening
from checker.backends.columnar import Screened, partners
from checker.backends.columnar.partners import _answering_best, _leading_best
from checker.backends.reference.partners import _not_negative, _serving
from checker.bounds import INFINITY, Bounds
from checker.event import Event, Record
from checker.location import Location
from checker.logs import from_dicts
from checker.measure import Lead, Limit, Rule
from checker.obligation import Obligation
from checker.pattern import ANYTHING
from checker.render import FORMATS, Page
from checker.report import Report
from checker.rulebook import Rulebook, parse_rulebook

Row = dict[str, object]
MOMENT = st.integers(0, 30)
SIDE = st.one_of(st.none(), st.integers(-2, 25))

# ---- of many records in order the few that serve best ----


def _served(chosen: Iterable[int], times: list[int], span: Bounds, limit: Limit, before: bool) -> object:
    """What serves best of all that may come after a span (or before it), and of what surely does."""
    events = {at: Event(Record(Location(""), times[at], times[at], "K"), times[at], times[at], "K", None, {}) for at in
              sorted(set(chosen)) if at < len(times)}  # fmt: skip
    found = []
    for edge in (span.low, span.high):
        moments = [(at, Bounds.exactly(event.earliest), event) for at, event in events.items()]
        if before:
            some = [(at, span - moment, event) for at, moment, event in moments if moment.low <= span.high]
        else:
            some = [(at, _not_negative(moment - span), event) for at, moment, event in moments if moment.low >= edge]
        best = _serving([(measured, event) for _, measured, event in some], limit, first=not before)
        found.append(best and (best[0], next(at for at, _, event in some if event is best[1])))
    return found


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    least, most = draw(SIDE), draw(st.one_of(SIDE, st.just(INFINITY)))
    if least is None and most is None:
        least = 3
    return Limit(least, most, draw(st.booleans()))


@settings(max_examples=1500, deadline=None)
@given(st.lists(MOMENT, max_size=40), MOMENT, st.integers(0, 20), limits(), st.booleans())
def test_few_of_many_serve_as_all_of_them(
    drawn: list[int], low: int, wide: int, limit: Limit, before: bool
) -> None:  # fmt: skip
    times, span = sorted(drawn), Bounds(low, low + wide)
    if not before and limit.at_most is None:  # as the reference backend takes it
        limit = limit._replace(at_most=INFINITY)
    choose = partial(_leading_best, measure=Lead(ANYTHING, ())) if before else _answering_best
    places = choose(np.array(times, np.int64), np.array([low]), np.array([low + wide]), limit=limit).tolist()
    assert len(set(places)) <= 6
    every = range(len(times))
    assert _served(places, times, span, limit, before) == _served(every, times, span, limit, before)


# ---- logs with a line that cannot be read ----

HEAD = """
rulebook: {id: gaps, version: "1", title: Gaps, zone: UTC, history: complete}
events: {T: {k: text}, N: {k: text}, STOP: {k: text}, LIFT: {k: text}}
gaps: GAPS
constraints:
"""
GAPS = (
    "{}", "{about: assets_shown}", "{never_hide: [T]}", "{never_hide: [N]}", "{never_hide: [STOP, LIFT]}",
    "{never_hide: [N, STOP, LIFT], about: assets_shown}",
)  # fmt: skip
SAME = ("", ", same: [subject, k]", ", same: []")


SIDES = (
    "M: 1 s", "M: 6 s", "M: 40 s", "M: 6 s, exclusive: true", "at_least: 0 s", "at_least: 2 s", "at_least: 15 s",
    "at_least: 0 s, M: 6 s", "at_least: 2 s, M: 6 s", "at_least: 2 s, M: 6 s, exclusive: true", "at_least: 6 s, M: 6 s",
    "at_least: 15 s, M: 40 s",
)  # fmt: skip
BESIDE = (
    "", ", unless: LIFT", ", before_any: STOP", ", before_any: [STOP, N], unless: [LIFT, N]",
    ", unless: [LIFT, N], unless_same: []", ", unless: [T, N]",
)  # fmt: skip
"""What lifts the duty to answer, or stops the time for it."""
KINDS = [
    *(f"kind: preceded_by, event: T, by: N, {side.replace('M', 'at_most')}" for side in SIDES),
    *(
        f"kind: followed_by, event: T, by: N, {side.replace('M', 'within')}{beside}"
        for side in SIDES for beside in BESIDE
    ),
    *(f"kind: followed_by, event: T, by: N{beside}" for beside in BESIDE),
]  # fmt: skip
KINDS = [kind + same for kind in KINDS for same in SAME]
BOOKS: dict[int, Rulebook] = {}


def _book(kinds: Sequence[str], gaps: str) -> Rulebook:
    told = "title: T, text: T, group: G, severity: major, source: s"
    lines = (f"  - {{id: R-{at}, {told}, {kind}}}" for at, kind in enumerate(kinds))
    return parse_rulebook(HEAD.replace("GAPS", gaps) + "\n".join(lines))


def _some(seed: int) -> Rulebook:
    """Thirty of the constraints, under some gaps."""
    if seed not in BOOKS:
        chance = random.Random(f"book {seed}")
        BOOKS[seed] = _book(chance.sample(KINDS, 30), GAPS[seed % len(GAPS)])
    return BOOKS[seed]


def _row(second: int, name: str, asset: str, k: str, number: int) -> Row:
    at = f"2031-01-01T00:{second // 60:02}:{second % 60:02}Z"
    return {"time": at, "type": name, "subject": asset, "source": "s", "seq": number, "data": {"k": k}}


def _log(chance: random.Random) -> list[Row]:
    """Occasions most of which are answered, for a minute or two; one or two lines without a time, or some other gap."""
    many, steps = chance.randint(3, 25), chance.choice(((0, 1), (0, 1, 2, 3), (1, 5, 9)))
    rows: list[Row] = []
    second = 0
    names = chance.choice((["T", "N"], ["T", "N", "N", "STOP"], ["T", "N", "LIFT"], ["T", "N", "N", "STOP", "LIFT"]))
    for _ in range(many):
        second += chance.choice(steps)
        asset, k = chance.choice("AAB"), chance.choice("xxy")
        for name in ("T", "N") if chance.random() < 0.5 else (chance.choice(names),):
            rows.append(_row(second, name, asset, k, len(rows)))
            second += chance.choice(steps)
    for _ in range(chance.choice((1, 1, 2))):
        broken = chance.choice(rows)
        how = chance.random()
        if how < 0.5:
            broken["time"] = "never"
        elif how < 0.75:
            broken["type"] = ""
        else:
            rows.remove(broken)
    doubt = chance.choice((0, 0, 0.01, 0.05))
    for row in rows:
        how = chance.random()
        if how < doubt:
            row["time"] = str(row["time"])[:16] + "Z"
            if chance.random() < 0.7:  # of whom nothing else is shown
                row.update(type=chance.choice(("N", "N", "STOP", "LIFT")), subject="C")
        elif how < 2 * doubt:
            row["data"] = {}
        elif how < 3 * doubt:
            del row["subject"]
    return rows


def _report(rulebook: Rulebook, rows: list[Row], backend: str) -> Report:
    return telling.report(pipeline.run([from_dicts(rows)], rulebook, backend=backend, every=False))


def _page(rulebook: Rulebook, rows: list[Row], backend: str) -> str:
    return FORMATS["json"](_report(rulebook, rows, backend), Page())


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(st.integers(0, 29), st.integers(0, 1 << 48))
def test_both_backends_tell_the_same_of_what_is_answered(book: int, seed: int) -> None:
    rows, rulebook = _log(random.Random(seed)), _some(book)
    with mock.patch.object(partners, "_FEW", 0):  # what shown occasions need is no more in a small log than in a large
        assert _page(rulebook, rows, "columnar") == _page(rulebook, rows, "reference")


@pytest.mark.parametrize(("unless", "seconds", "lifted"), [
    ("N", (121, 123), True),  # the first is its answer, the second is not
    ("N", (121,), False),
    ("LIFT", (70, 75, 121), True),  # the last surely comes after it
    ("LIFT", (70, 75), False),
])  # fmt: skip
def test_what_lifts_a_duty_that_may_be_missing(unless: str, seconds: tuple[int, ...], lifted: bool) -> None:
    """Of a record that says the minute alone whose it is cannot be read: so it is open what answers, not what lifts."""
    shown = [(0, "T", "z"), (2, "N", "z"), (60, "", "z"), *((second, unless, "x") for second in seconds)]
    rows = [_row(second, name, "A", k, at) for at, (second, name, k) in enumerate([*shown, (300, "STOP", "z")])]
    rows[2]["time"] = str(rows[2]["time"])[:16] + "Z"
    for row in rows:
        del row["seq"]
    kind = f"kind: followed_by, event: T, by: N, within: 90 s, unless: {{type: {unless}, k: x}}, unless_same: []"
    rulebook = _book([kind], "{}")
    with mock.patch.object(partners, "_FEW", 0):
        assert _page(rulebook, rows, "columnar") == _page(rulebook, rows, "reference")
    assert (_report(rulebook, rows, "columnar").findings == []) == lifted


# ---- records that are judged one by one ----


def _long(many: int) -> list[Row]:
    """So many occasions answered in time, each beside something that stops and something that lifts, and one late."""
    rows: list[Row] = []
    for turn in range(many):
        for second, name in ((0, "T"), (3, "N"), (5, "STOP"), (6, "LIFT")):
            if (turn, name) != (many // 2, "N"):
                rows.append(_row(9 * turn + second, name, "A", f"{turn}", len(rows)))
    rows[len(rows) // 3]["time"] = "never"
    return rows


@pytest.mark.parametrize("same", SAME)
@pytest.mark.parametrize("kind", [
    "kind: followed_by, event: T, by: N, within: 4 s",
    "kind: followed_by, event: T, by: N, at_least: 2 s",
    "kind: followed_by, event: T, by: N, at_least: 2 s, within: 4 s",
    "kind: followed_by, event: T, by: N, within: 4 s, unless: LIFT",
    "kind: followed_by, event: T, by: N, within: 4 s, before_any: STOP",
    "kind: preceded_by, event: N, by: T, at_least: 2 s",
    "kind: preceded_by, event: N, by: T, at_most: 4 s",
    "kind: preceded_by, event: N, by: [T, STOP], at_least: 2 s, at_most: 4 s",
])  # fmt: skip
def test_the_records_judged_do_not_grow_with_the_log(kind: str, same: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: Counter[int] = Counter()
    rulebook, told = _book([kind + same], "{about: assets_shown, never_hide: [STOP]}"), screening._judged
    for many in (40, 160):

        def counting(rule: Rule, left: Screened, events: Sequence[Event], many: int = many) -> list[Obligation]:
            judged[many] += len(events)
            found: list[Obligation] = told(rule, left, events)
            return found

        monkeypatch.setattr(partners, "_FEW", 0)
        monkeypatch.setattr(screening, "_judged", counting)
        found = _page(rulebook, _long(many), "columnar")
        assert found == _page(rulebook, _long(many), "reference")
    assert 0 < judged[160] <= judged[40] + 2, dict(judged)
