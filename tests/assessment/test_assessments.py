"""What rules of assessment mean, worked out by hand on small logs; each example by the plain matcher and the engine."""

import json
import textwrap
from typing import Any

import pytest
import small

import checker
from checker import pipeline, telling
from checker.assessment import durable, plain
from checker.consequences import assessed
from checker.errors import RulebookError
from checker.render import text
from checker.report import Finding, Range
from checker.rulebook import Rulebook, parse_rulebook

HEAD = """
rulebook: {id: t, version: "1", title: T, zone: UTC+3}
positions: {one: {title: One}, two: {title: Two}}
parameters: {many: {title: M, source: illustrative, values: {one: 3, two: none}}}
events: {A: {}, B: {}, N: {}, C: {level: number}, ON: {}, OFF: {}, K: {em: text}}
intervals: {stay: {from: ON, until: OFF}}
constraints:
  - {id: A-1, title: T, text: No A., group: Acts, severity: minor, source: s, kind: never, event: A}
  - {id: B-1, title: T, text: No B., group: Acts, severity: major, source: s, kind: never, event: B}
  - {id: N-1, title: T, text: No N., group: Nets, severity: critical, source: s, never_waivable: true, kind: never, event: N}
  - {id: C-1, title: T, text: Low., group: Acts, severity: minor, source: s, kind: always, event: C, require: {level: {at_most: 3}}}
  - {id: S-1, title: T, text: Short., group: Acts, severity: major, source: s, kind: duration, of: stay, at_most: 1 h}
  - {id: K-1, title: T, text: Once., group: Keys, severity: minor, source: s, kind: count, event: K, per: [subject, em], in: 1 d, at_most: 0}
"""


def rule(when: str, conclude: str = "", name: str = "X-1") -> str:
    """An assessment with its conditions; what is said of it is filled in."""
    says = conclude or "{conclusion: follows, text: 'It follows for {subject}.'}"
    return (
        f"  - id: {name}\n    title: Title of {name}\n    text: The rule {name}.\n    source: illustrative\n    when:\n"
        + textwrap.indent(textwrap.dedent(when).strip("\n"), "      ")
        + f"\n    conclude: {says}\n"
    )


def book(*rules: str, **options: Any) -> Rulebook:
    return parse_rulebook(HEAD + "assessments:\n" + "".join(rules), **options)


@pytest.fixture(params=["plain", "durable"])
def matcher(request: pytest.FixtureRequest) -> Any:
    if request.param == "plain":
        return plain.match
    pytest.importorskip("durable_rules_engine")
    return durable.match


def told(rulebook: Rulebook, lines: list[str], matcher: Any, until: str | None = None) -> list[tuple[str, str, str]]:
    """Each conclusion as rule, subject, instant; times of day of 1 May 2031."""
    found = pipeline.run([small.log(short(lines))], rulebook, observed_until=small.instant(until))
    report = telling.report(found)
    made, notices = assessed(rulebook, report.findings, using=matcher)
    assert [n for n in notices if "durable" not in n] == []
    assert made == report.assessments
    return [(one.rule, one.subject or "all", one.from_[11:-1]) for one in made]


def short(lines: list[str]) -> list[str]:
    return [line if line[0] == "2" else f"2031-05-01T{line}" for line in lines]


A3 = ["01:00:00Z A X", "02:00:00Z A X", "03:00:00Z A X"]


def test_a_finding_is_a_violated_one_unless_the_rule_says_otherwise(matcher: Any) -> None:
    lines = ["01:00:00Z A X", "02:00:00Z C X level=5", "03:00:00Z C X", "04:00:00Z N Y"]
    assert told(book(rule("- finding: {severity: minor}")), lines, matcher) == [
        ("X-1", "X", "01:00:00"), ("X-1", "X", "02:00:00"),
    ]  # fmt: skip
    assert told(book(rule("- finding: {verdict: inconclusive}")), lines, matcher) == [("X-1", "X", "03:00:00")]
    assert told(book(rule("- finding: {never_waivable: true}")), lines, matcher) == [("X-1", "Y", "04:00:00")]
    assert told(book(rule("- finding: N-1")), lines, matcher) == [("X-1", "Y", "04:00:00")]
    assert len(told(book(rule("- finding: {group: [Acts, Nets]}")), lines, matcher)) == 3
    assert len(told(book(rule("- finding: {constraint: '*-1', group: {not: Nets}}")), lines, matcher)) == 2
    assert told(book(rule("- finding: {severity: {at_least: major}}")), lines, matcher) == [("X-1", "Y", "04:00:00")]
    assert told(book(rule("- finding: {subject: Z}")), lines, matcher) == []
    assert told(book(rule("- finding: {from: {at_least: 2031-05-01T02:00:00Z}}")), lines, matcher)[0][2] == "02:00:00"


def test_thresholds_are_inclusive_and_of_what_is_certain(matcher: Any) -> None:
    lines = ["01:00:00Z ON X", "02:15:00Z OFF X"]  # 1 h 15 min, limit 1 h: over by 15 min
    for bound, found in (("15 min", 1), ("900.000001 s", 0), ("900", 0)):  # a number says nothing of a length of time
        made = book(rule(f"- finding: {{constraint: S-1, magnitude: {{at_least: {bound}}}}}"))
        assert len(told(made, lines, matcher)) == found, bound
    for bound, found in (("15 min", 1), ("899.999999 s", 0)):
        made = book(rule(f"- finding: {{constraint: S-1, magnitude: {{at_most: {bound}}}}}"))
        assert len(told(made, lines, matcher)) == found, bound


def test_a_join_ties_facts_by_equal_fields_the_subject_if_nothing_is_said(matcher: Any) -> None:
    lines = ["01:00:00Z A X", "02:00:00Z B Y", "03:00:00Z B X"]
    both = "- finding: A-1\n- finding: B-1\n"
    assert told(book(rule(both)), lines, matcher) == [("X-1", "X", "03:00:00")]
    assert told(book(rule(both + "  same: []")), lines, matcher) == [("X-1", "X", "02:00:00"), ("X-1", "X", "03:00:00")]
    assert told(book(rule("- finding: A-1\n- finding: B-1\n  same: [group]")), lines, matcher) != []
    assert told(book(rule("- finding: A-1\n- finding: N-1\n  same: [group]")), [*lines, "04:00:00Z N X"], matcher) == []
    theirs = "- finding: {severity: minor}\n  as: small\n- finding: {severity: major}\n  same: {constraint: small.constraint}"
    assert told(book(rule(theirs)), lines, matcher) == []


def test_a_fact_is_not_taken_twice(matcher: Any) -> None:
    twice = rule("- finding: A-1\n- finding: {severity: minor}")
    assert told(book(twice), A3[:1], matcher) == []
    assert told(book(twice), A3[:2], matcher) == [("X-1", "X", "02:00:00")]


def test_what_concerns_no_single_asset_is_of_one_subject(matcher: Any) -> None:
    lines = ["01:00:00Z A -", "02:00:00Z B -", "03:00:00Z B X"]
    assert told(book(rule("- finding: A-1\n- finding: B-1")), lines, matcher) == [("X-1", "all", "02:00:00")]


def test_near_after_and_before_are_exact(matcher: Any) -> None:
    lines = ["01:00:00Z A X", "02:00:00Z B X"]
    for near, found in (("1 h", 0), ("3600.000001 s", 1)):
        for first, second in (("A-1", "B-1"), ("B-1", "A-1")):
            made = book(rule(f"- finding: {first}\n- finding: {second}\n  near: {near}"))
            assert len(told(made, lines, matcher)) == found
    tied = "- finding: A-1\n- finding: B-1\n  {}: first"
    assert len(told(book(rule(tied.format("after"))), lines, matcher)) == 1
    assert len(told(book(rule(tied.format("before"))), lines, matcher)) == 0
    assert len(told(book(rule(tied.format("after"))), ["01:00:00Z A X", "01:00:00Z B X"], matcher)) == 0


def test_none_is_that_there_is_no_other_fact_and_none_possible(matcher: Any) -> None:
    alone = book(rule("- finding: A-1\n- none: {finding: {severity: [minor, major]}}"))
    assert told(alone, ["01:00:00Z A X", "02:00:00Z B Y"], matcher) == [("X-1", "X", "01:00:00")]
    assert told(alone, ["01:00:00Z A X", "02:00:00Z B X"], matcher) == []
    assert told(alone, ["01:00:00Z A X", "02:00:00Z A X"], matcher) == []
    # a record that does not carry its field may be a breach: then it is not certain that there is none
    assert told(alone, ["01:00:00Z A X", "02:00:00Z C X"], matcher) == []
    only = book(rule("- finding: A-1\n- none: {finding: {constraint: C-1, verdict: violated}}"))
    assert len(told(only, ["01:00:00Z A X", "02:00:00Z C X"], matcher)) == 1
    near = book(rule("- finding: A-1\n- none: {finding: B-1, near: 1 h, after: first}"))
    assert len(told(near, ["01:00:00Z A X", "02:00:00Z B X"], matcher)) == 1
    assert len(told(near, ["01:00:00Z A X", "01:59:59.999999Z B X"], matcher)) == 0
    assert len(told(near, ["01:00:00Z A X", "00:59:00Z B X"], matcher)) == 1


def test_numbered_occurrences_conclude_from_the_nth_on_each_once(matcher: Any) -> None:
    made = book(rule("- finding: A-1\n  at_least: 2", "{conclusion: c, text: '{count} by {from}'}"))
    report = telling.report(pipeline.run([small.log(short([*A3, "04:00:00Z A Y"]))], made))
    one, two = report.assessments
    assert [one.text, two.text] == ["2 by 2031-05-01T02:00:00Z", "3 by 2031-05-01T03:00:00Z"]
    assert [len(one.because), len(two.because)] == [2, 3]
    assert told(made, [*A3, "04:00:00Z A Y"], matcher) == [("X-1", "X", "02:00:00"), ("X-1", "X", "03:00:00")]
    every = book(rule("- finding: A-1\n  at_least: 4\n  per: []"))
    assert told(every, [*A3, "04:00:00Z A Y"], matcher) == [("X-1", "Y", "04:00:00")]


def test_a_window_leaves_out_its_far_edge_to_the_microsecond(matcher: Any) -> None:
    made = book(rule("- finding: A-1\n  at_least: 3\n  within: 2 h"))
    assert told(made, A3, matcher) == []  # (01:00, 03:00] holds two
    just = ["01:00:00.000001Z A X", *A3[1:]]
    assert told(made, just, matcher) == [("X-1", "X", "03:00:00")]


def test_occurrences_of_one_instant_count_one_by_one(matcher: Any) -> None:
    lines = ["01:00:00Z A X", "01:00:00Z C X level=9"]
    made = book(rule("- finding: {severity: minor}\n  at_least: 2\n  within: 1 us"))
    assert told(made, lines, matcher) == [("X-1", "X", "01:00:00")]


def test_occurrences_are_kept_apart_by_a_key(matcher: Any) -> None:
    lines = ["01:00:00Z K X em=E1", "2031-05-03T01:00:00Z K X em=E1", "2031-05-05T01:00:00Z K X em=E2"]
    assert len(told(book(rule("- finding: K-1\n  at_least: 2\n  per: [subject, key.em]")), lines, matcher)) == 1
    assert len(told(book(rule("- finding: K-1\n  at_least: 2")), lines, matcher)) == 2
    other = "- finding: K-1\n- finding: K-1\n  same: [subject, key.em]\n  after: first"
    carried = book(rule(other, "{conclusion: c, text: 'of {case}', carry: {case: first.key.em}}"))
    assert told(carried, lines, matcher) == [("X-1", "X", "01:00:00")]


CHAIN = (
    rule("- conclusion: grave", "{conclusion: duty, text: 'Consult, {subject}.', due: 5 d}", "X-3"),
    rule("- finding: A-1\n  at_least: 2", "{conclusion: grave, text: Repeated., severity: major}", "X-1"),
    rule("- finding: N-1", "{conclusion: grave, text: Never waived., severity: critical}", "X-2"),
)


def test_conclusions_chain_whatever_their_order_in_the_file(matcher: Any) -> None:
    lines = [*A3[:2], "02:00:00Z N X", "05:00:00Z N Y"]
    made = book(*CHAIN)
    assert [r.stratum for r in made.assessments.rules] == [1, 0, 0]
    assert told(made, lines, matcher) == [
        ("X-3", "X", "02:00:00"), ("X-3", "Y", "05:00:00"), ("X-1", "X", "02:00:00"), ("X-2", "X", "02:00:00"),
        ("X-2", "Y", "05:00:00"),
    ]  # fmt: skip
    report = telling.report(pipeline.run([small.log(short(lines))], made))
    duty = report.assessments[0]
    assert duty.due == "2031-05-06T02:00:00Z"
    # both grave matters came about at once: one duty, resting on both
    assert [(b.sort, b.id.rsplit("-", 1)[0]) for b in duty.because] == [("assessment", "X-1"), ("assessment", "X-2")]


def test_none_over_a_conclusion_waits_for_it(matcher: Any) -> None:
    cured = rule("- finding: B-1", "{conclusion: cured, text: C.}", "X-2")
    open_ = rule("- finding: A-1\n- none: {conclusion: cured}")
    assert told(book(open_, cured), ["01:00:00Z A X", "02:00:00Z B Y"], matcher)[0] == ("X-1", "X", "01:00:00")
    assert told(book(open_, cured), ["01:00:00Z A X", "02:00:00Z B X"], matcher) == [("X-2", "X", "02:00:00")]


def test_conclusions_can_be_counted_and_tested(matcher: Any) -> None:
    third = rule(
        "- conclusion: {conclusion: grave, severity: critical}\n  at_least: 2", "{conclusion: e, text: E.}", "X-4"
    )
    lines = [*A3, "04:00:00Z N X", "05:00:00Z N X"]
    assert ("X-4", "X", "05:00:00") in told(book(*CHAIN, third), lines, matcher)
    numbered = rule("- conclusion: {conclusion: grave, count: {at_least: 3}}", "{conclusion: e, text: E.}", "X-4")
    assert [one for one in told(book(*CHAIN, numbered), lines, matcher) if one[0] == "X-4"] == [
        ("X-4", "X", "03:00:00")
    ]


def test_equal_conclusions_are_one(matcher: Any) -> None:
    lines = ["01:00:00Z A X", "02:00:00Z C X level=9", "03:00:00Z B X"]
    made = book(rule("- finding: B-1\n- finding: {severity: minor}"))
    assert told(made, lines, matcher) == [("X-1", "X", "03:00:00")]
    report = telling.report(pipeline.run([small.log(short(lines))], made))
    assert [b.id[:3] for b in report.assessments[0].because] == ["A-1", "C-1", "B-1"]


def test_uses_of_exceptions_are_facts(matcher: Any) -> None:
    made = book(rule("- waiver: {id: E-01}\n  at_least: 2\n  within: 90 d\n  per: [id]"))
    use = {"id": "E-01", "state": "used", "subject": "X", "from": "2031-05-01T00:00:00Z", "until": None}
    later = {**use, "from": "2031-07-01T00:00:00Z", "subject": "Y", "state": "provisional"}
    revived = {**use, "from": "2031-06-01T00:00:00Z", "state": "revived"}
    unused = {**use, "from": None}
    found, _ = assessed(made, [], [use, later, revived, unused], matcher)
    assert [(one.subject, one.from_, [b.subject for b in one.because]) for one in found] == [
        ("Y", "2031-07-01T00:00:00Z", ["X", "Y"])
    ]


def finding(**changes: Any) -> Finding:
    given: dict[str, Any] = {
        "id": "A-1-x", "constraint": "A-1", "verdict": "violated", "severity": "minor", "subject": "X", "key": {},
        "from_": "2031-05-01T00:00:00Z", "until": "2031-05-01T00:00:00Z", "measured": Range(1, 1), "limit": 0,
        "margin": Range(-1, -1), "unit": "count", "message": "", "reason": None, "due": None, "waiver": None,
        "witnesses": [], "evidence": None, "shown": True, "missing": [], "provisional": False,
    }  # fmt: skip
    return Finding(**{**given, **changes})


def test_what_is_withheld_equals_nothing_for_sure_and_anything_possibly(matcher: Any) -> None:
    first = finding(key={"em": "E1"})
    other = finding(id="B-1-x", constraint="B-1", severity="major", key={"em": None}, from_="2031-05-01T01:00:00Z")
    joined = book(rule("- finding: A-1\n- finding: B-1\n  same: [key.em]"))
    alone = book(rule("- finding: A-1\n- none: {finding: B-1, same: [key.em]}"))
    assert assessed(joined, [first, other], [], matcher)[0] == []
    assert assessed(alone, [first, other], [], matcher)[0] == []
    assert len(assessed(alone, [first, finding(id="B", constraint="B-1", key={"em": "E2"})], [], matcher)[0]) == 1
    assert (
        assessed(alone, [finding(key={"em": None}), finding(id="B", constraint="B-1", key={"em": "E2"})], [], matcher)[
            0
        ]
        == []
    )
    unlike = book(rule("- finding: A-1\n- none: {finding: {constraint: B-1, key.em: E9}}"))
    assert assessed(unlike, [first, other], [], matcher)[0] == []
    tested = book(rule("- finding: {key.em: E1}"))
    assert len(assessed(tested, [first, other], [], matcher)[0]) == 1


def test_a_magnitude_known_within_bounds_is_certain_only_at_its_least(matcher: Any) -> None:
    wide = finding(margin=Range(-20, -5))
    for bound, found in ((5, 1), (6, 0)):
        assert (
            len(assessed(book(rule(f"- finding: {{magnitude: {{at_least: {bound}}}}}")), [wide], [], matcher)[0])
            == found
        )
    unlike = "- finding: A-1\n- none: {{finding: {{constraint: B-1, magnitude: {{at_least: {}}}}}}}"
    other = finding(id="B", constraint="B-1", margin=Range(-20, -5))
    for bound, found in ((20, 0), (21, 1)):
        assert len(assessed(book(rule(unlike.format(bound))), [finding(), other], [], matcher)[0]) == found
    never = finding(margin=Range(None, None))  # violated without bound: missed by more than any number
    assert len(assessed(book(rule("- finding: {magnitude: {at_least: 1000000}}")), [never], [], matcher)[0]) == 1


# ---- positions, selection, the report ----


def test_a_parameter_that_is_none_puts_a_rule_out_of_force() -> None:
    counted = rule("- finding: A-1\n  at_least: $many", "{conclusion: grave, text: G.}")
    after = rule("- conclusion: grave", "{conclusion: duty, text: D.}", "X-2")
    log = small.log(short(A3))
    report = checker.check(log, book(counted, after))
    assert [one.rule for one in report.assessments] == ["X-1", "X-2"]
    assert checker.check(log, book(counted, after, position="two")).assessments == []


def test_assessments_change_no_verdict_and_do_not_depend_on_what_is_listed() -> None:
    log = small.log(short([*A3, "05:00:00Z N X"]))
    without, with_ = checker.check(log, parse_rulebook(HEAD)), checker.check(log, book(*CHAIN))
    assert (with_.verdict, with_.exit_status(), with_.findings) == (
        without.verdict,
        without.exit_status(),
        without.findings,
    )
    listed = checker.check(log, book(*CHAIN), all_findings=True)
    assert listed.assessments == with_.assessments != []


def test_a_rule_that_asks_for_an_absence_is_not_applied_where_not_all_of_it_is_judged() -> None:
    alone = rule("- finding: A-1\n- none: {finding: {severity: {at_least: major}}}")
    after = rule("- conclusion: follows", "{conclusion: more, text: M.}", "X-2")
    log = small.log(short(A3[:1]))
    assert [one.rule for one in checker.check(log, book(alone, after)).assessments] == ["X-1", "X-2"]
    report = checker.check(log, book(alone, after), only=["A-1", "B-1"])
    assert report.assessments == []
    assert report.notices == [
        "assessment X-1 was not made: it asks that there be no finding of N-1, S-1, not selected here",
        "assessment X-2 was not made: it rests on X-1",
    ]
    assert checker.check(log, book(alone, after), only=["B-1"]).notices == []  # nothing to conclude from
    assert len(checker.check(log, book(alone), only=["A-1", "B-1", "N-1", "S-1"]).assessments) == 1


def test_the_trail_leads_down_to_records_in_text_and_json() -> None:
    report = checker.check(small.log(short(A3[:2])), book(*CHAIN))
    data = json.loads(json.dumps(report.to_dict()))
    duty, grave = data["assessments"]
    assert (duty["id"][:4], duty["conclusion"], duty["due"]) == ("X-3-", "duty", "2031-05-06T02:00:00Z")
    assert [b["id"] for b in duty["because"]] == [grave["id"]]
    findings = {f["id"]: f for f in data["findings"]}
    assert [findings[b["id"]]["constraint"] for b in grave["because"]] == ["A-1", "A-1"]
    page = text.render(report)
    section = page[page.index("What follows by declared rules") : page.index("Constraints\n")]
    first, second = (b["id"] for b in grave["because"])
    assert section == (
        "What follows by declared rules\n"
        "  From the findings of this check, by rules that the rulebook declares. It changes no verdict and is\n"
        "  no determination, which is for a named authority to make.\n"
        "\n"
        "  X-3  Title of X-3\n"
        "    The rule X-3.\n"
        f"    → X  2031-05-01T02:00:00Z  [{duty['id']}]\n"
        "      Consult, X. Due 2031-05-06T02:00:00Z.\n"
        f"        because Title of X-1  X  2031-05-01T02:00:00Z  [{grave['id']}]\n"
        "          for A-1 log:1, A-1 log:2\n"
        "\n"
        "  X-1  Title of X-1  (major)\n"
        "    The rule X-1.\n"
        f"    → X  2031-05-01T02:00:00Z  [{grave['id']}]\n"
        "      Repeated.\n"
        f"        because A-1  violated  X  2031-05-01T01:00:00Z  [{first}]  log:1\n"
        f"        because A-1  violated  X  2031-05-01T02:00:00Z  [{second}]  log:2\n"
        "\n"
    )


def test_a_sentence_shows_fields_and_evaluates_nothing() -> None:
    says = "{conclusion: c, text: '{first.constraint} {first.magnitude} {until} {first.subject} {}'}"
    with pytest.raises(RulebookError, match="nothing stands for"):
        book(rule("- finding: S-1", says))
    made = book(rule("- finding: S-1", says.replace(" {}", "")))
    report = checker.check(small.log(short(["01:00:00Z ON {0.__class__}", "02:15:00Z OFF {0.__class__}"])), made)
    assert report.assessments[0].text == "S-1 15 min 2031-05-01T02:15:00Z {0.__class__}"


# ---- mistakes ----

USES = "- finding: A-1"


@pytest.mark.parametrize(
    ("rules", "message", "hint"),
    [
        (rule("- finding: A-2"), "unknown constraint 'A-2'", "did you mean 'A-1'"),
        (rule("- finding: {constraint: Z-*}"), "unknown constraint 'Z-*'", "known names"),
        (rule("- finding: {group: Act}"), "unknown group 'Act'", "did you mean 'Acts'"),
        (rule("- finding: {severity: mayor}"), "unknown severity 'mayor'", "did you mean 'major'"),
        (rule("- finding: {severity: {at_least: mayor}}"), "unknown severity 'mayor'", "did you mean 'major'"),
        (rule("- finding: {verdict: satisfied}"), "unknown verdict 'satisfied'", ""),
        (rule("- finding: {never_waivable: yes}"), "unknown never waivable 'yes'", ""),
        (rule("- finding: {constrain: A-1}"), "a finding has no field 'constrain'", "did you mean 'constraint'"),
        (rule("- finding: {key.en: A}"), "no event has a field 'en'", "did you mean 'key.em'"),
        (rule("- finding: {magnitude: 3}"), "is compared with `at_least`", ""),
        (rule("- finding: {magnitude: {atleast: 3}}"), "unknown test 'atleast'", "did you mean 'at_least'"),
        (rule("- finding: {magnitude: {at_least: much}}"), "much", ""),
        (rule("- finding: {subject: {at_least: 3}}"), "unknown test 'at_least' of `subject`", ""),
        (rule("- waiver: {state: usd}"), "unknown state 'usd'", "did you mean 'used'"),
        (rule("- conclusion: grav"), "unknown conclusion 'grav'", ""),
        (rule("- conclusion: {severity: major}"), "says which conclusion is meant", ""),
        (rule("- fnding: A-1"), "unknown field 'fnding'", "did you mean 'finding'"),
        (rule("- {finding: A-1, waiver: E}"), "expected exactly one of `finding`, `conclusion` or `waiver`", ""),
        (rule("- {same: [subject]}"), "expected exactly one of `finding`", ""),
        (rule(USES + "\n  same: [subject]"), "`same` ties a fact to an earlier one", ""),
        (rule(USES + "\n- finding: B-1\n  same: [subjekt]"), "a finding has no field 'subjekt'", "did you mean 'subject'"),
        (rule(USES + "\n- finding: B-1\n  same: {subject: firs.subject}"), "no earlier fact is called 'firs'", "'first'"),
        (rule(USES + "\n- finding: B-1\n  same: [magnitude]"), "is a quantity", ""),
        (rule(USES + "\n- finding: B-1\n  after: frist"), "no earlier fact is called 'frist'", "did you mean 'first'"),
        (rule(USES + "\n- finding: B-1\n  as: first"), "two facts are called 'first'", ""),
        (rule(USES + "\n  as: key"), "'key' is not a name for a fact", ""),
        (rule(USES + "\n  at_least: 0"), "whole number from 1 to 100", ""),
        (rule(USES + "\n  at_least: 101"), "whole number from 1 to 100", ""),
        (rule(USES + "\n  within: 3 d"), "`within` goes with `at_least`", ""),
        (rule(USES + "\n  at_least: 2\n  within: 0 s"), "longer than nothing", ""),
        (rule(USES + "\n  at_least: 2\n  per: [subj]"), "a finding has no field 'subj'", "did you mean 'subject'"),
        (rule("- none: {finding: A-1}"), "at least one fact", ""),
        (rule(USES + "\n- none: {finding: A-2}"), "unknown constraint 'A-2'", "did you mean 'A-1'"),
        (rule(USES + "\n- none: {finding: A-1}\n  near: 1 d"), "stands beside `none`", ""),
        (rule(USES, "{conclusion: c, text: '{subjct}'}"), "nothing stands for '{subjct}'", "did you mean 'subject'"),
        (rule(USES, "{conclusion: c, text: '{first.sbject}'}"), "a finding has no field 'sbject'", "did you mean"),
        (rule(USES, "{conclusion: c, text: '{count}'}"), "nothing stands for '{count}'", ""),
        (rule(USES, "{conclusion: c, text: '{due}'}"), "nothing stands for '{due}'", ""),
        (rule(USES, "{conclusion: c d, text: T}"), "not a name for a conclusion", ""),
        (rule(USES, "{conclusion: c, text: T, carry: {subject: first.subject}}"), "not a name for a field carried", ""),
        (rule(USES, "{conclusion: c, text: T, carry: {x: first.nothing}}"), "a finding has no field 'nothing'", ""),
        (rule(USES, "{conclusion: c, text: T, severity: huge}"), "`severity` is 'huge'", ""),
        (rule(USES, "{conclusion: c, text: T, due: soon}"), "soon", ""),
        (rule(USES + "\n  at_least: $mny"), "unknown parameter 'mny'", "did you mean 'many'"),
        (rule(USES) + rule(USES), "assessment 'X-1' is defined twice", "first at"),
        (rule(USES, name="A-1"), "is the id of a constraint too", ""),
        ("  - word\n", "an assessment is a mapping", ""),
        (rule("- finding: A-1\n  as: a\n" + "- finding: B-1\n" * 4), "5 facts asked for, at most 4", "chain two rules"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_the_nearest_name(rules: str, message: str, hint: str) -> None:
    with pytest.raises(RulebookError) as caught:
        book(rules)
    fitting = [p for p in caught.value.problems if message in p.message]
    assert fitting, caught.value.problems
    assert any(hint in p.hint for p in fitting), fitting
    assert all(p.location and p.location.line and p.location.column for p in fitting)


@pytest.mark.parametrize(
    "inner",
    ["- conclusion: b", "- finding: A-1\n- none: {conclusion: b}", "- conclusion: {conclusion: [b]}\n  at_least: 2"],
)
def test_a_rule_may_not_rest_on_its_own_conclusion(inner: str) -> None:
    rules = [
        rule(inner, "{conclusion: a, text: T}", "X-1"),
        rule("- conclusion: a", "{conclusion: m, text: T}", "X-2"),
        rule("- conclusion: m", "{conclusion: b, text: T}", "X-3"),
    ]
    with pytest.raises(RulebookError) as caught:
        book(*rules)
    (problem,) = caught.value.problems
    assert "rests on its own conclusion: X-1 -> X-3 -> X-2 -> X-1" in problem.message
    assert problem.excerpt.strip() == "- conclusion: a"
    with pytest.raises(RulebookError, match="X-1 -> X-1"):
        book(rule("- conclusion: a", "{conclusion: a, text: T}"))


def test_many_rules_are_a_mistake_and_long_chains_are_none() -> None:
    links = [rule("- finding: A-1", "{conclusion: c0, text: T}", "X-0")]
    links += [rule(f"- conclusion: c{n - 1}", f"{{conclusion: c{n}, text: T}}", f"X-{n}") for n in range(1, 100)]
    report = checker.check(small.log(short(A3)), book(*reversed(links)))
    assert len(report.assessments) == 300
    with pytest.raises(RulebookError, match="more than 100 assessments"):
        book(*links, rule("- finding: A-1", name="X-100"))


def test_the_schema_takes_what_the_loader_takes() -> None:
    import jsonschema

    from checker.rulebook.schema import rulebook_schema

    schema = rulebook_schema()
    given = small.values(small.read(HEAD + "assessments:\n" + "".join(CHAIN)))
    jsonschema.validate(given, schema, cls=jsonschema.Draft202012Validator)
    given["assessments"][0]["when"][0]["finding"] = 3
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(given, schema, cls=jsonschema.Draft202012Validator)

    def fields(node: Any) -> list[str]:
        properties = node.get("properties", {})
        return [name for name, told in properties.items() if "description" not in told]

    definitions = [schema["properties"]["assessments"]["items"]]
    definitions += [schema["$defs"][name] for name in ("ConditionOf", "FactOf", "ConcludeOf")]
    assert [fields(node) for node in definitions] == [[], [], [], []]


def test_uses_of_exceptions_in_a_log_reach_the_rules() -> None:
    head = HEAD.replace("constraints:\n", WAIVER + "constraints:\n", 1)
    made = parse_rulebook(head + "assessments:\n" + rule("- waiver: {id: E-1}"))
    report = telling.report(pipeline.run([small.log(short(["01:00:00Z ON X", "03:00:00Z OFF X"]))], made))
    assert [(w.id, w.state) for w in report.waivers] == [("E-1", "used")]
    assert [(one.rule, one.subject) for one in report.assessments] == [("X-1", "X")]


WAIVER = """
waivers:
  - {id: E-1, title: Excuse, text: A long stay is excused., source: illustrative, of: stay, excuses: [S-1]}
"""


def test_what_a_gap_may_hide_stands_against_an_absence_whenever_and_of_whatever_asset_it_may_be(matcher: Any) -> None:
    """N may be among the records missing from 01:00 to 04:00, of X too; an hour before 04:30 is 03:30."""
    head = HEAD.replace("constraints:\n", "gaps: {about: any_asset}\nconstraints:\n", 1)

    def drawn(when: str, last: str) -> list[str]:
        made = parse_rulebook(head + "assessments:\n" + rule(when))
        lines = ["01:00:00Z Z X source=s seq=1", f"{last} Z X source=s seq=3", "04:30:00Z A X"]
        report = telling.report(pipeline.run([small.log(short(lines))], made))
        found, _ = assessed(made, report.findings, using=matcher)
        assert found == report.assessments
        return [one.rule for one in found]

    near = "- finding: A-1\n- none: {finding: N-1, same: [subject], near: 1 h}"
    assert drawn(near, "04:00:00Z") == []
    assert drawn(near, "03:30:00Z") == ["X-1"]
    before = "- finding: A-1\n- none: {finding: N-1, same: [subject], after: first}"
    assert drawn(before, "04:00:00Z") == ["X-1"]
    assert drawn("- finding: A-1\n- none: {finding: N-1, same: [subject]}", "03:30:00Z") == []
