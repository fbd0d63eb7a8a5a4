"""The bounds of lint hold: no schedule that keeps the other rules has more than they say."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from linted import text_of

from checker.definitions import Definitions
from checker.interval import Recurring
from checker.lint.book import Book
from checker.lint.patterns import implies, possible
from checker.lint.reach import Schedule
from checker.lint.spells import Times, times
from checker.lint.witness import fullest, judged, reached
from checker.measure import Total
from checker.pattern import AllOf, AnyOf, Compare, Is, IsType, Not, Pattern, Present
from checker.rulebook import load_positions, parse_rulebook
from checker.timeline import DAY, calendar_window, parse_instant
from checker.yamltree import Text

HOUR = DAY // 24
START = parse_instant("2031-01-20T00:00:00Z")[0]
UNITS = ("day", "week", "month", "quarter", "year")


@st.composite
def rules(draw: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"L": {"kind": "duration", "of": "run", "at_most": f"{draw(st.integers(1, 40))} h"}}
    if draw(st.booleans()):
        found["S"] = {"kind": "spacing", "of": "run", "at_least": f"{draw(st.integers(1, 300))} h"}
    if draw(st.booleans()):
        window = draw(st.sampled_from([{"each": unit} for unit in UNITS] + [{"in": "3 d"}, {"in": "40 d"}]))
        found["N"] = {"kind": "count", "of": "run", **window, "at_most": Text(str(draw(st.integers(1, 4))))}
    if draw(st.booleans()):
        found["H"] = {"kind": "during", "of": "run", "inside": "open"}
        found["L"]["at_most"] = f"{draw(st.integers(1, 9))} h"
    window = draw(st.sampled_from(
        [{"each": unit} for unit in UNITS] + [{"in": f"{hours} h"} for hours in (5, 24, 25, 168, 720, 8760)]
    ))  # fmt: skip
    found["T"] = {"kind": "total", "of": "run", **window, "at_most": "100000 h"}
    found["C"] = {"kind": "count", "of": "run", **window, "at_most": Text("100000")}
    return {
        "events": {"ON": {}, "OFF": {}}, "intervals": {"run": {"from": "ON", "until": "OFF"}},
        "calendars": {"open": {"hours": ["06:00-10:00", "12:00-22:00"], "days": draw(st.sampled_from(["Mon-Sun", "Mon-Fri"]))}},
        "constraints": found,
    }  # fmt: skip


def book_of(given_: dict[str, Any]) -> Book:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.yaml"
        path.write_text(text_of(given_), encoding="utf-8")
        books, files = load_positions(path)
    return Book(books[0], books, files)


def schedule_of(book: Book, draws: Any) -> list[tuple[int, int]]:
    """A schedule that keeps the rules, with lengths and pauses often exactly at their limits."""
    limit = {a.id: a.rule.limit for a in book.asked}
    longest = int(limit["L"].at_most or 0)
    pause = int(limit["S"].at_least or 0) if "S" in limit else 0
    window = next((a.rule.measure.window for a in book.asked if a.id == "N"), None)  # type: ignore[union-attr]
    hours = times(Recurring(book.definitions.calendars["open"])) if "H" in limit else None
    made: list[tuple[int, int]] = []
    at = START + draws.draw(st.integers(0, 40)) * HOUR
    for _ in range(draws.draw(st.integers(1, 14))):
        at += draws.draw(st.sampled_from([0, 0, HOUR, 5 * HOUR, 50 * HOUR]))
        length = draws.draw(st.sampled_from([longest, longest, longest // 2, 0]))
        if hours is not None:
            span = next(((s, e) for s, e in hours.spans if e > at and min(e, max(s, at) + length) > max(s, at)), None)
            if span is None:
                break
            at = max(at, span[0])
            length = min(length, span[1] - at)
        if window is not None:
            most = int(limit["N"].at_most or 0)
            begun = [s for s, _ in made]
            if window.rolling is not None:
                if sum(s > at - window.rolling for s in begun) >= most:
                    at = begun[-most] + window.rolling
            elif sum(s >= calendar_window(window.unit, window.zone, at)[0] for s in begun) >= most:  # type: ignore
                at = calendar_window(window.unit, window.zone, at)[1]  # type: ignore[arg-type]
            if hours is not None:
                continue  # the hours are looked at again
        made.append((at, at + length))
        at += length + pause
    return made


def most_in(spans: list[tuple[int, int]], total: Total, what: str) -> int:
    """The most of any window, found by trying every window that begins or ends with one."""
    window = total.window
    edges = {edge for span in spans for edge in span}
    if window.rolling is not None:
        tried = [(t - window.rolling, t) for t in edges] + [(t, t + window.rolling) for t in edges]
        if what == "count":
            tried = [(s, s + window.rolling) for s, _ in spans]
    else:
        tried = [calendar_window(window.unit, window.zone, t) for t in edges]  # type: ignore[arg-type]
    if what == "count":
        return max(sum(low <= s < high for s, _ in spans) for low, high in tried)
    return max(sum(max(0, min(e, high) - max(s, low)) for s, e in spans) for low, high in tried)


@settings(max_examples=100)
@given(rules(), st.data())
def test_no_schedule_that_keeps_the_rules_has_more_than_the_bound(given_: dict[str, Any], draws: Any) -> None:
    book = book_of(given_)
    spans = schedule_of(book, draws)
    assume(spans)
    for asked in book.asked:
        measure = asked.rule.measure
        if not isinstance(measure, Total) or asked.id == "N":
            continue
        schedule = Schedule(book, asked)
        cap = schedule.count(measure.window) if measure.of == "count" else schedule.total(measure.window)
        if cap is not None:
            assert most_in(spans, measure, measure.of) <= cap.value, (cap.because, spans)


@settings(max_examples=25)
@given(rules())
def test_schedules_that_are_shown_keep_the_rules_and_stay_within_the_bound(given_: dict[str, Any]) -> None:
    book = book_of(given_)
    for asked in book.asked:
        measure = asked.rule.measure
        if not isinstance(measure, Total) or asked.id == "N":
            continue
        schedule = Schedule(book, asked)
        brief = measure.of == "count"
        cap = schedule.count(measure.window) if brief else schedule.total(measure.window)
        spans = fullest(schedule, measure.window, brief=brief)
        if cap is None or not spans:
            continue
        assert reached(spans, brief=brief) <= cap.value
        witness = judged(book, asked.rule.on, spans, (*schedule.rules, asked), "", {})
        assert witness is not None
        assert {verdict for _, verdict in witness.verdicts} <= {"satisfied", "not_applicable"}, witness


def test_times_of_a_calendar() -> None:
    book = book_of({
        "events": {"ON": {}}, "calendars": {"open": {"hours": "06:00-18:00", "days": "Mon-Fri"}},
        "constraints": {"A": {"kind": "never", "event": "ON", "during": "open"}},
    })  # fmt: skip
    found = times(Recurring(book.definitions.calendars["open"]))
    assert (found.longest, found.shortest_break, found.longest_break) == (12 * HOUR, 12 * HOUR, 60 * HOUR)
    assert [found.most_in(hours * HOUR) for hours in (1, 12, 13, 24, 36, 7 * 24)] == [
        h * HOUR for h in (1, 12, 12, 12, 24, 60)
    ]
    assert [found.most_spans(hours * HOUR) for hours in (1, 12, 13, 24, 25, 7 * 24)] == [1, 1, 2, 2, 2, 6]
    assert Times([]).longest == Times([]).most_in(HOUR) == 0


# ---- patterns ----

CATALOGUE = parse_rulebook("""
rulebook: {id: r, version: "1", title: R}
events:
  A: {mode: {values: [x, y, z]}, n: number, who: text?, mark: {values: [p, q], optional: true}}
  B: {mode: {values: [x, w]}, n: number?}
constraints: []
""")  # fmt: skip

_LEAVES = st.one_of(
    st.sets(st.sampled_from(["A", "B"]), min_size=1).map(lambda names: IsType(frozenset(names))),
    st.tuples(st.sampled_from(["mode", "mark", "who"]), st.sets(st.sampled_from(["x", "y", "w", "p", "q", "me"]), min_size=1)).map(
        lambda one: Is(one[0], tuple(sorted(one[1])))
    ),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), st.integers(0, 3)).map(lambda one: Compare("n", *one)),
    st.sampled_from(["who", "mark", "n", "mode"]).map(Present),
)  # fmt: skip
PATTERNS: st.SearchStrategy[Pattern] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)


def events(definitions: Definitions) -> list[Any]:
    from itertools import product

    from checker.logs import from_dicts

    rows = []
    for mode, n, who, mark in product("xyz", range(-1, 5), (None, "me", "you"), (None, "p", "q")):
        rows.append({"type": "A", "data": {"mode": mode, "n": n, "who": who, "mark": mark}})
    rows += [{"type": "B", "data": {"mode": mode, "n": n}} for mode in "xw" for n in (None, *range(-1, 5))]
    log = from_dicts([{"time": "2031-01-01T00:00:00Z", **row} for row in rows])
    return definitions.catalogue.events(log.records, {})[0]


EVENTS = events(CATALOGUE.definitions)


@settings(max_examples=200)
@given(PATTERNS, PATTERNS)
def test_what_is_impossible_matches_nothing_and_what_is_implied_follows(one: Pattern, two: Pattern) -> None:
    known = CATALOGUE.definitions
    matching = [event for event in EVENTS if one.test(event, {})]
    if not possible(one, known):
        assert not matching
    if implies(one, two, known):
        assert all(two.test(event, {}) is not False for event in matching)


def test_what_is_plain_is_seen() -> None:
    known = CATALOGUE.definitions
    a = IsType(frozenset("A"))
    assert implies(AllOf((a, Is("mode", ("x",)))), AllOf((a, Is("mode", ("x", "y")))), known)
    assert implies(AllOf((a, Compare("n", ">", 3))), Compare("n", ">=", 2), known)
    assert implies(a, Is("mode", ("x", "y", "z")), known)
    assert not implies(a, Is("mode", ("x", "y")), known)
    assert not possible(AllOf((a, Is("mode", ("w",)))), known)
    assert not possible(AllOf((a, Compare("n", "<", 1), Compare("n", ">", 1))), known)
    assert possible(AllOf((a, Compare("n", "<", 2), Compare("n", ">", 1))), known)
    assert not possible(AllOf((a, Not(Present("n")))), known)
