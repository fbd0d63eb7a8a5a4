"""Clocks that are off: a breach or a margin smaller than their errors is inconclusive, everything else stays."""

import random
from typing import Any

import pytest
import small

from checker import pipeline, telling
from checker.report import Report
from checker.rulebook import parse_rulebook
from checker.timeline import format_instant, parse_instant

EVENTS = """
"ON": {ref: text?}
"OFF": {}
LINK: {}
NOTICE: {planned: instant}
DONE: {ref: text?, level: number?}
STATUS: {state: text?, level: number?}
IN: {}
OUT: {}
SYNC: {offset: {type: number, unit: s}, error: {type: number, unit: s, optional: true}, signature: text?}
"""
ON = "2031-05-01T08:00:00Z ON A source=H seq=1"
DURATION = "{kind: duration, of: run, at_most: 60 min}"


UNSEEN = small.read("{event: SYNC, offset: offset, tolerance: 1000}")


def given(constraint: str, clock: str = "{event: SYNC, offset: offset, uncertainty: error}", more: str = "") -> Any:
    names = ", ".join("'" + line.split(":")[0].strip('"') + "'" for line in EVENTS.strip().splitlines())
    made = small.read(
        f"gaps: {{never_hide: [{names}]}}\n"  # nothing but the clock is in doubt here
        "events:\n" + "".join(f"  {line}\n" for line in EVENTS.strip().splitlines())
        + f"intervals: {{run: {{from: 'ON', until: 'OFF'}}, stay: {{from: IN, until: OUT}}}}\nunauthenticated: {{signature: INVALID}}\nclock: {clock}\n"
        + f"constraint: {constraint}\nobserved: {{from: '2031-05-01T00:00:00Z', until: '2031-05-03T00:00:00Z'}}\n{more}"
    )  # fmt: skip
    return made


def check(constraint: str, *lines: str, **more: str) -> Report:
    return small.check(given(constraint, **more), lines)


def off(at: str) -> str:
    return f"2031-05-01T{at}Z OFF A source=H seq=2"


def sync(at: str = "2031-05-01T12:00:00Z", offset: str = "95", rest: str = "source=H seq=9") -> str:
    return f"{at} SYNC - {rest} offset={offset}"


def told(report: Report) -> list[tuple[Any, ...]]:
    return [(f.verdict, f.reason, f.measured.low, f.measured.high) for f in report.findings]


@pytest.mark.parametrize(
    ("end", "verdict", "measured"),
    [
        ("08:56:50", "satisfied", (3410, 3410)),  # 190 s to spare, 2 x 95 s
        ("08:56:51", "inconclusive", (3221, 3601)),
        ("09:00:00", "inconclusive", (3410, 3790)),
        ("09:03:10", "inconclusive", (3600, 3980)),
        ("09:03:11", "violated", (3791, 3791)),  # over by 191 s: 1 s more than both errors
    ],
)
def test_only_what_exceeds_both_errors_is_definite_and_keeps_its_numbers(
    end: str, verdict: str, measured: tuple[int, int]
) -> None:
    reason = "uncertain clock" if verdict == "inconclusive" else None
    report = check(DURATION, ON, off(end), sync())
    assert told(report) == [(verdict, reason, *measured)]
    assert "the times of records of source 'H' may be off by up to 1 min 35 s" in report.notices
    [finding] = report.findings
    assert [(w.role, w.time) for w in finding.witnesses] == [
        ("opening", "2031-05-01T08:00:00Z"), ("closing", f"2031-05-01T{end}Z"),
    ]  # fmt: skip


def test_without_a_clock_section_or_an_error_nothing_changes() -> None:
    lines = (ON, off("09:00:00"))
    kept = [("satisfied", None, 3600, 3600)]
    for report in (
        check(DURATION, *lines),
        check(DURATION, *lines, sync(offset="0")),
        check(DURATION, *lines, sync(rest="source=OTHER")),
        check(DURATION, *lines, sync(rest="source=H signature=INVALID")),
        check(DURATION, *lines, sync(offset="unread")),
        check(DURATION, *lines, sync(offset="2"), clock="{event: SYNC, offset: offset, tolerance: 2}"),
    ):
        assert told(report) == kept
        assert not [notice for notice in report.notices if "'H' may be off by" in notice]
    for doubted in (sync(offset="2.000001"), sync(offset="-2.5"), sync(offset="'3'")):
        report = check(DURATION, *lines, doubted, clock="{event: SYNC, offset: offset, tolerance: 2}")
        assert [f.verdict for f in report.findings] == ["inconclusive"]


@pytest.mark.parametrize(
    ("syncs", "error"),
    [
        (["2031-05-01T12:00:00Z SYNC - source=H offset=5"], 5),  # before the first: what it found
        (["2031-05-01T07:00:00Z SYNC - source=H offset=5"], 0),  # after the last, that tells of no uncertainty
        (["2031-05-01T07:00:00Z SYNC - source=H offset=5 error=2"], 2),
        (["2031-05-01T07:00:00Z SYNC - source=H offset=5 error=2", "2031-05-01T12:00:00Z SYNC - source=H offset=-1 error=3"], 4),
        (["2031-05-01T07:00:00Z SYNC - source=H offset=0 error=9", "2031-05-01T12:00:00Z SYNC - source=H offset=1"], 9),
        (["2031-05-01T12:00:00Z SYNC - source=H offset=5", "2031-05-01T11:00:00Z SYNC - source=H offset=1"], 1),
        (["2031-05-01T07:00:00Z SYNC - source=H seq=9 offset=5"], 5),  # by its number it came after
        (["2031-05-04T12:00:00Z SYNC - source=H offset=5"], 5),  # after the end of observation, and known
    ],
)  # fmt: skip
def test_the_error_between_two_synchronisations(syncs: list[str], error: int) -> None:
    """An emission of 60 min + 2 errors + 1 s is a breach, one second less is not."""
    for more, verdict in ((1, "violated"), (0, "inconclusive" if error else "satisfied")):
        end = (parse_instant("2031-05-01T09:00:00Z")[0] // 1_000_000 + 2 * error + more) % 86_400
        text = f"{end // 3600:02}:{end // 60 % 60:02}:{end % 60:02}"
        report = check(DURATION, ON, off(text), *syncs)
        assert [f.verdict for f in report.findings] == [verdict], (syncs, text)


def test_the_errors_of_two_sources_add_up() -> None:
    answered = "{kind: followed_by, event: 'ON', by: DONE, within: 60 min}"
    done = "2031-05-01T08:59:50Z DONE A source=P seq=1"
    syncs = [sync(offset="4"), sync(offset="7", rest="source=P seq=9")]
    assert told(check(answered, ON, done, syncs[0])) == [("satisfied", None, 3590, 3590)]
    assert told(check(answered, ON, done, *syncs)) == [("inconclusive", "uncertain clock", 3579, 3601)]
    late = done.replace("08:59:50", "09:00:11")
    assert told(check(answered, ON, late, *syncs))[0][0] == "inconclusive"
    assert told(check(answered, ON, late.replace("11Z", "12Z"), *syncs)) == [("violated", None, 3612, 3612)]


def test_instants_that_are_fields_are_not_blurred() -> None:
    agreed = "{kind: agrees, event: 'ON', field: time, with: NOTICE, its: planned, tolerance: 10 s}"
    notice = "2031-04-30T08:00:00Z NOTICE A source=H seq=0 planned='2031-05-01T08:00:08Z'"
    assert told(check(agreed, notice, ON, sync(offset="2"))) == [("satisfied", None, 8, 8)]
    assert told(check(agreed, notice, ON, sync(offset="3"))) == [("inconclusive", "uncertain clock", 5, 11)]


def test_a_breach_that_only_a_wrong_clock_would_show_is_told() -> None:
    never = "{kind: never, event: {type: LINK}, during: run}"
    lines = (ON, off("09:00:00"), "2031-05-01T09:01:00Z LINK A source=P")
    kept = [("satisfied", None, 0, 0)]
    assert told(check(never, *lines)) == kept
    report = check(never, *lines, sync())
    assert [(f.verdict, f.reason) for f in report.findings] == [("inconclusive", "uncertain clock")]
    assert report.constraints[0].activations == 1
    far = lines[2].replace("09:01:00", "09:01:36")
    assert told(check(never, *lines[:2], far, sync())) == kept
    inside = lines[2].replace("09:01:00", "08:30:00")
    assert [f.verdict for f in check(never, *lines[:2], inside, sync()).findings] == ["violated"]


def test_a_small_pause_and_a_small_overlap() -> None:
    pause = "{kind: spacing, of: run, at_least: 10 min}"
    lines = (
        ON,
        off("09:00:00"),
        "2031-05-01T09:12:00Z ON A source=H seq=3",
        "2031-05-01T09:30:00Z OFF A source=H seq=4",
    )
    assert told(check(pause, *lines, sync(offset="60"))) == [("satisfied", None, 720, 720)]
    assert told(check(pause, *lines, sync(offset="61"))) == [("inconclusive", "uncertain clock", 598, 842)]
    both = "{kind: concurrent, of: run, per: [], at_most: 1}"
    other = ("2031-05-01T09:00:10Z ON B source=P seq=1", "2031-05-01T09:30:00Z OFF B source=P seq=2")
    assert [f.verdict for f in check(both, ON, off("09:00:00"), *other, sync(offset="10")).findings] == ["satisfied"]
    assert [(f.verdict, f.reason) for f in check(both, ON, off("09:00:00"), *other, sync(offset="11")).findings] == [
        ("inconclusive", "uncertain clock")
    ]


def test_a_rolling_total_and_a_calendar_day() -> None:
    total = "{kind: total, of: run, in: 1 d, at_most: 60 min}"
    assert told(check(total, ON, off("08:59:00"), sync(offset="30"))) == [("satisfied", None, 3540, 3540)]
    assert [f.reason for f in check(total, ON, off("08:59:00"), sync(offset="31")).findings] == ["uncertain clock"]
    assert [f.reason for f in check(total, ON, off("09:00:59"), sync(offset="30")).findings] == ["uncertain clock"]
    assert told(check(total, ON, off("09:01:01"), sync(offset="30"))) == [("violated", None, 3661, 3661)]
    count = "{kind: count, event: STATUS, each: day, at_most: 1}"
    lines = ("2031-05-01T08:00:00Z STATUS A source=H", "2031-05-02T00:00:05Z STATUS A source=H")
    kept = check(count, *lines, sync("2031-05-02T12:00:00Z", "5"))
    assert {f.verdict for f in kept.findings} == {"satisfied"}
    doubted = check(count, *lines, sync("2031-05-02T12:00:00Z", "6"))
    assert [(f.verdict, f.reason, f.measured.high) for f in doubted.findings if f.verdict != "satisfied"] == [
        ("inconclusive", "uncertain clock", 2)
    ]


def test_heartbeats_and_what_is_pending() -> None:
    beats = "{kind: spacing, event: STATUS, at_most: 20 h}"
    lines = ("2031-05-01T10:00:00Z STATUS A source=H", "2031-05-02T06:00:00Z STATUS A source=H")
    report = check(beats, *lines, sync("2031-05-02T12:00:00Z", "1"))
    assert [(f.verdict, f.reason) for f in report.findings if f.verdict != "satisfied"] == [
        ("inconclusive", "uncertain clock")
    ]
    answered = "{kind: followed_by, event: 'ON', by: DONE, within: 40 h}"  # due exactly when observation ends
    assert [f.verdict for f in check(answered, ON).findings] == ["pending"]
    assert [f.verdict for f in check(answered, ON.replace("08:00:00", "07:59:59")).findings] == ["violated"]
    assert [
        (f.verdict, f.reason) for f in check(answered, ON.replace("08:00:00", "07:59:59"), sync(offset="2")).findings
    ] == [("inconclusive", "uncertain clock")]


def test_rules_about_the_log_itself_are_judged_as_written() -> None:
    syncs = [
        "2031-05-01T01:00:00Z SYNC A source=H seq=1 offset=0",
        "2031-05-02T12:00:00Z SYNC A source=H seq=3 offset=95",
    ]
    assert {
        f.verdict for f in check("{kind: spacing, event: SYNC, at_most: 35 h, as_received: true}", *syncs).findings
    } == {"satisfied"}
    numbers = "{kind: spacing, event: {seq: {present: true}}, per: source, along: seq, at_most: 2, as_received: true}"
    assert {f.verdict for f in check(numbers, *syncs).findings} == {"satisfied"}
    report = "{kind: followed_by, event: {missing_before: {at_least: 1}}, by: STATUS, within: 1 h, as_received: true}"
    answer = "2031-05-02T13:00:00Z STATUS A source=H seq=4"
    assert [
        f.verdict for f in check(report, *syncs, answer, sync("2031-05-02T14:00:00Z", rest="source=H seq=5")).findings
    ] == ["satisfied"]


def test_what_is_written_inside_the_observation_stays_inside() -> None:
    never = "{kind: never, event: LINK}"
    edge = "2031-05-01T00:00:00Z LINK A source=H"
    assert [f.verdict for f in check(never, edge, sync()).findings] == ["violated"]
    before = "2031-04-30T23:59:59Z LINK A source=H"
    assert check(never, before, sync()).findings == []


def test_a_citation_of_a_blurred_record_still_fits() -> None:
    answered = "{kind: followed_by, event: 'ON', by: DONE, same: {ref: reference}, within: 2 h}"
    done = "2031-05-01T09:00:00Z DONE A source=H ref='ON@2031-05-01T08:00:00Z'"
    assert told(check(answered, ON, done, sync())) == [("satisfied", None, 3600, 3600)]


def test_roles_and_conditions_do_not_depend_on_the_clock() -> None:
    differs = "{kind: differs, roles: {a: {event: 'ON', field: ref}, b: {event: DONE, field: ref}}, per: subject}"
    lines = (f"{ON} ref=X", "2031-05-01T08:00:10Z DONE A source=H seq=2 ref=Y")
    assert told(check(differs, *lines, sync())) == [("satisfied", None, 0, 0)]
    always = "{kind: always, event: STATUS, require: {state: OK}}"
    assert told(check(always, "2031-05-01T08:00:00Z STATUS A source=H state=OK", sync())) == [("satisfied", None, 0, 0)]


def test_a_rule_that_changes_is_asked_of_the_time_as_written() -> None:
    limit = "{kind: duration, of: run, at_most: 60 min, effective: {from: '2031-05-01T08:00:00Z'}}"
    report = check(limit, ON, off("10:00:00"), sync())
    assert [f.verdict for f in report.findings] == ["violated"]
    assert check(limit, ON.replace("08:00:00", "07:59:59"), off("10:00:00"), sync()).findings == []


def test_the_place_of_a_record_does_not_matter() -> None:
    lines = [ON, off("09:00:00"), sync()]
    runs = [
        telling.report(pipeline.run([small.log(order)], small.rulebook(given(DURATION))))
        for order in (lines, lines[::-1])
    ]
    assert [f.id for f in runs[0].findings] == [f.id for f in runs[1].findings]


KINDS = [
    "{kind: duration, of: run, at_most: 60 s}",
    "{kind: duration, of: run, at_least: 60 s}",
    "{kind: followed_by, event: 'ON', by: DONE, within: 60 s}",
    "{kind: followed_by, of: run, by: DONE, within: 60 s, unless: 'ON'}",
    "{kind: followed_by, event: 'ON', by: DONE, within: 60 s, before_any: LINK}",
    "{kind: preceded_by, event: 'ON', by: STATUS, at_least: 20 s}",
    "{kind: preceded_by, event: 'ON', by: STATUS, at_least: 5 s, at_most: 60 s, once: true}",
    "{kind: never, event: LINK, during: run}",
    "{kind: during, event: LINK, inside: run}",
    "{kind: during, of: run, inside: stay}",
    "{kind: apart, of: run, from: stay}",
    "{kind: spacing, of: run, at_least: 60 s}",
    "{kind: spacing, event: STATUS, at_most: 150 s}",
    "{kind: spacing, event: STATUS, while: run, at_most: 40 s}",
    "{kind: concurrent, of: run, per: [], at_most: 1}",
    "{kind: total, of: run, in: 300 s, at_most: 100 s}",
    "{kind: count, event: LINK, in: 120 s, at_most: 1}",
    "{kind: count, event: LINK, in: 400 s, at_least: 1}",
    "{kind: state_on, event: STATUS, field: level, at_most: 1, per: subject}",
    "{kind: agrees, event: DONE, field: time, with: STATUS, its: time, tolerance: 60 s}",
    "{kind: agrees, event: DONE, field: level, with: STATUS, its: level}",
    "{kind: sequence, moves: [{event: 'ON', to: X}, {event: 'OFF', to: Y}, {event: LINK, to: Z}], allowed: {X: [Y], Y: [X, Z], Z: [X]}}",
]


def drifting(chance: random.Random, size: int) -> tuple[list[str], list[str]]:
    """The same records by the true time and by clocks that drift away between synchronisations, without jumps."""
    true, written = [], []
    start = parse_instant("2031-05-01T12:00:00Z")[0]
    for source in ("H", "P"):
        at, drift, rate = start, 0, chance.choice((-1, 0, 1)) * chance.randrange(20_000, 60_000)
        seq = 0
        for _ in range(size):
            step = chance.randrange(5, 60) * 1_000_000
            at += step
            drift += step // 1_000_000 * rate
            seq += 1
            if chance.random() < 0.15:
                line = f"SYNC - source={source} seq={seq} offset={abs(drift) / 1_000_000:f}"
                written.append(f"{format_instant(at + drift)} {line}")
                true.append(f"{format_instant(at)} {line}")
                drift, rate = 0, chance.choice((-1, 0, 1)) * chance.randrange(20_000, 60_000)
                at += 6_000_000  # a clock set back tells some times twice: not here
                continue
            kind = chance.choice(("ON", "OFF", "DONE", "LINK", "STATUS", "IN", "OUT"))
            line = f"{kind} {chance.choice('AB')} source={source} seq={seq} level={chance.randrange(3)}"
            written.append(f"{format_instant(at + drift)} {line}")
            true.append(f"{format_instant(at)} {line}")
        at += 30_000_000
        line = f"SYNC - source={source} seq={seq + 1} offset={abs(drift) / 1_000_000:f}"
        written.append(f"{format_instant(at + drift)} {line}")
        true.append(f"{format_instant(at)} {line}")
    return true, written


@pytest.mark.parametrize("constraint", KINDS)
def test_no_verdict_is_the_opposite_of_what_right_clocks_would_have_shown(constraint: str) -> None:
    definite = {"satisfied", "violated"}
    agreed = 0
    for seed in range(60):
        chance = random.Random(f"{constraint} {seed}")
        true, written = drifting(chance, chance.randrange(2, 9))
        truth = small.check({**given(constraint), "clock": UNSEEN}, true, all_findings=True).constraints[0].verdict
        judged = small.check(given(constraint), written, all_findings=True).constraints[0].verdict
        assert {truth, judged} != definite, (seed, truth, judged, true, written)
        agreed += truth == judged and truth in definite
    assert agreed >= 10


def test_a_step_long_after_the_one_before_it_is_certain() -> None:
    """STORED is left twice as long after the step before it as both errors together; nothing else may lie between."""
    ladder = (
        "{kind: sequence, moves: [{event: STATUS, to_field: state}], allowed: {A: [B], B: [C], C: [A]}, initial: A}"
    )
    lines = [f"2031-05-01T{at}Z STATUS X state={to} source=H" for at, to in (("08:00:00", "B"), ("09:00:00", "C"))]
    assert {verdict for verdict, *_ in told(check(ladder, *lines, sync()))} == {"satisfied"}
    wrong = check(ladder, *lines, "2031-05-01T10:00:00Z STATUS X state=B source=H", sync())
    assert [verdict for verdict, *_ in told(wrong)].count("violated") == 1


def test_what_is_judged_as_received_rests_on_clocks_too() -> None:
    limit = "{kind: spacing, event: STATUS, at_most: 1 h, between_only: true, as_received: true}"
    first, second = ("2031-05-01T08:00:00Z STATUS X source=H", "2031-05-01T09:00:30Z STATUS X source=H")
    assert [verdict for verdict, *_ in told(check(limit, first, second))] == ["violated"]
    assert [verdict for verdict, *_ in told(check(limit, first, second, sync()))] == ["inconclusive"]


def in_full(constraint: str, *lines: str) -> list[str]:
    """The verdicts where observation is not told: it runs from the first record to the last."""
    asked = given(constraint)
    del asked["observed"]
    return [finding.verdict for finding in small.check(asked, lines).findings]


@pytest.mark.parametrize(
    "constraint",
    [DURATION, "{kind: total, of: run, in: 1 d, at_most: 60 min}", "{kind: during, of: run, inside: stay}"],
)
def test_the_first_record_may_have_been_earlier(constraint: str) -> None:
    stay = ("2031-05-01T08:00:00Z IN A source=P", "2031-05-01T10:00:00Z OUT A source=P")
    assert in_full(constraint, *stay, ON, off("08:59:30")) == ["satisfied"]
    assert in_full(constraint, *stay, ON, off("08:59:30"), sync()) == ["inconclusive"]


def test_the_last_record_may_have_been_later() -> None:
    first = "2031-05-01T07:00:00Z SYNC - source=H seq=0 offset=0 error=95"
    assert in_full(DURATION, first, ON, off("08:59:30")) == ["inconclusive"]
    assert in_full(DURATION, first, ON, off("09:03:11")) == ["violated"]


def test_what_ends_or_opens_the_log_is_in_it_for_sure() -> None:
    first = "2031-05-01T07:00:00Z SYNC - source=H seq=0 offset=0 error=95"
    for constraint in ("{kind: never, event: LINK}", "{kind: count, event: LINK, in: 1 d, at_most: 0}"):
        assert in_full(constraint, first, "2031-05-01T08:00:00Z LINK A source=H") == ["violated"]
        assert in_full(constraint, "2031-05-01T08:00:00Z LINK A source=H", sync()) == ["violated"]


@pytest.mark.parametrize("constraint", KINDS)
def test_no_verdict_is_the_opposite_where_observation_is_the_log(constraint: str) -> None:
    asked = given(constraint)
    del asked["observed"]
    for seed in range(20):
        chance = random.Random(f"whole {constraint} {seed}")
        true, written = drifting(chance, chance.randrange(2, 9))
        truth = small.check({**asked, "clock": UNSEEN}, true).constraints[0].verdict
        judged = small.check(asked, written).constraints[0].verdict
        assert {truth, judged} != {"satisfied", "violated"}, (seed, truth, judged, true, written)


@pytest.mark.parametrize("backend", ["reference", "columnar"])
@pytest.mark.parametrize("times", [("0001-01-01", "0001-01-03"), ("9999-12-29", "9999-12-31")])
@pytest.mark.parametrize(
    "constraint",
    [
        "{kind: total, of: run, each: day, at_most: 5 h}", "{kind: duration, of: run, at_most: 1 d}",
        "{kind: count, event: LINK, each: month, at_least: 1}", "{kind: total, of: run, in: 1 d, at_most: 5 h}",
        "{kind: followed_by, event: 'ON', by: LINK, within: 2 h}",
    ],
)  # fmt: skip
def test_errors_that_reach_beyond_the_calendar_end_with_it(
    constraint: str, times: tuple[str, str], backend: str
) -> None:
    first, last = times
    lines = [
        f"{first}T00:00:00Z ON A source=H seq=1", f"{first}T01:00:00Z OFF A source=H seq=2",
        f"{last}T23:00:00Z LINK A source=H seq=4", f"{last}T23:59:59Z SYNC - source=H seq=5 offset=31000000",
    ]  # fmt: skip
    made = given(constraint)
    del made["observed"]
    made["gaps"] = small.read("{about: assets_shown}")
    assert small.check(made, lines, backend=backend).verdict in ("inconclusive", "violated")


DEPARTURE = """
rulebook: {id: small, version: "1", title: Small}
clock: {event: SYNC, offset: offset}
events: {LEAVE: {}, BACK: {}, KEY: {}, SYNC: {offset: {type: number, unit: s}}}
intervals: {departure: {from: LEAVE, until: BACK}}
constraints:
  - {id: KEYS, title: Keys, text: No key., group: g, severity: major, source: illustrative, kind: never, event: KEY}
waivers:
  - {id: AWAY, title: Away, text: It is excused., source: illustrative, of: departure, excuses: KEYS, meanwhile: true}
"""


@pytest.mark.parametrize(
    ("back", "offset", "verdict"),
    [
        ("08:00:19Z BACK A source=H seq=2", 0, "excused"),  # of a clock that is right it ends nothing
        ("08:00:19Z BACK A source=H seq=2", -5, "inconclusive"),  # it may end what began a second later as written
        ("08:00:19Z BACK A source=J seq=1", -5, "inconclusive"),
        ("08:00:21Z BACK A source=J seq=1", 5, "inconclusive"),  # it may have been before, and have ended nothing
        ("08:00:31Z BACK A source=J seq=1", 5, "violated"),
        ("08:00:05Z BACK A source=H seq=2", -5, "excused"),  # that was more than both errors before
    ],
)
def test_an_activity_that_other_times_end_at_once_excuses_nothing_for_certain(
    back: str, offset: int, verdict: str
) -> None:
    other = "source=J seq=2" if "source=J" in back else "source=H seq=9"
    lines = (
        "08:00:20Z LEAVE A source=H seq=1",
        back,
        "08:10:00Z KEY A source=K seq=1",
        f"08:30:00Z SYNC - {other} offset={offset}",
    )
    book = parse_rulebook("gaps: {never_hide: [LEAVE, BACK, KEY, SYNC]}\n" + DEPARTURE)
    run = pipeline.run([small.log(f"2031-05-01T{line}" for line in lines)], book)
    assert [finding.verdict for finding in telling.report(run).findings] == [verdict]


@pytest.mark.parametrize(("back", "key", "verdict"), [(3, 2, "excused"), (2, 3, "inconclusive")])
def test_one_clock_says_in_which_order_records_were_made_unless_it_was_set_back(
    back: int, key: int, verdict: str
) -> None:
    lines = (
        "08:00:05Z LEAVE A source=H seq=1",
        f"08:00:23Z BACK A source=H seq={back}",
        f"08:00:21Z KEY A source=H seq={key}",
        "08:30:00Z SYNC - source=H seq=9 offset=-15",
    )
    book = parse_rulebook("gaps: {never_hide: [LEAVE, BACK, KEY, SYNC]}\n" + DEPARTURE)
    run = pipeline.run([small.log(f"2031-05-01T{line}" for line in lines)], book)
    assert [finding.verdict for finding in telling.report(run).findings] == [verdict]
