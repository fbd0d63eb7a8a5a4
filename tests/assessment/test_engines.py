"""The rule engine finds what the plain matcher finds, sees nothing but whole numbers, and can be done without."""

import json
import random
import subprocess
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

import checker
from checker.assessment import NOT_HAD, conclude, durable, match, matcher, plain
from checker.assessment.facts import Fact, task_of
from checker.assessment.rules import (
    Assessments,
    Conclude,
    Condition,
    Counted,
    FieldTest,
    Piece,
    Rule,
)
from checker.limits import limit
from checker.location import Location

ROOT = Path(__file__).resolve().parents[2]
S2: dict[str, Any] = {"position": "intermediate", "observed_from": "2031-04-30T00:00:00Z"}

spec = spec_from_file_location("bench_assessments", ROOT / "benchmarks" / "assessments.py")
assert spec is not None
assert spec.loader is not None
bench = module_from_spec(spec)
sys.modules["bench_assessments"] = bench
spec.loader.exec_module(bench)


def rule(*when: Condition, name: str = "X-1", stratum: int = 0, conclusion: str = "c") -> Rule:
    says = Conclude(conclusion, (Piece("", None, "from"),))
    return Rule(name, name, "", "", when, says, Location("test"), stratum)


def facts(count: int, subjects: int = 1) -> list[Fact]:
    return [Fact("finding", f"F-{n}", n, n, {"subject": f"S-{n % subjects}", "constraint": "R"}) for n in range(count)]


SAME = (("subject", 0, "subject"),)


@pytest.mark.parametrize("seed", range(400))
def test_engine_and_plain_matcher_agree_on_random_rules_and_facts(seed: int) -> None:
    pytest.importorskip("durable_rules_engine")
    shape = bench.random_set(random.Random(f"test {seed}"))
    assessments = Assessments(shape.rules)
    assert conclude(assessments, shape.facts, durable.match) == conclude(assessments, shape.facts, plain.match)


@pytest.mark.parametrize("seed", range(200))
def test_plain_matcher_finds_what_trying_everything_finds(seed: int) -> None:
    """Every choice of facts, each condition tried by its words; without the values by which items are looked up."""
    from itertools import product

    shape = bench.random_set(random.Random(f"naive {seed}"))
    for given in shape.rules:
        task = task_of(given, shape.facts)
        asked = len(given.asked)

        def holds(condition: Condition, item: Any, chosen: Any) -> bool:
            at = item.fact.at
            for field, place, other in condition.same:
                ours, theirs = item.get(field), chosen[place].get(other)
                if None in (ours, theirs) or "not known" in (getattr(ours, "text", ""), getattr(theirs, "text", "")):
                    return False
                if ours != theirs:
                    return False
            if any(item.number == other.number for other in chosen):
                return False
            if condition.near is not None and not -condition.near < at - chosen[0].fact.at < condition.near:
                return False
            if condition.after is not None and at <= chosen[condition.after].fact.at:
                return False
            return condition.before is None or at < chosen[condition.before].fact.at

        expected = set()
        for numbers in product(*(range(len(items)) for items in task.items[:asked])):
            chosen = [task.items[place][n] for place, n in enumerate(numbers)]
            wanted = all(holds(given.when[place], chosen[place], chosen[:place]) for place in range(asked))
            unwanted = any(
                holds(condition, item, chosen)
                for condition, items in zip(given.when[asked:], task.items[asked:], strict=True)
                for item in items
            )
            if wanted and not unwanted:
                expected.add(numbers)
        assert plain.match([task]) == [expected]


def test_the_order_of_facts_and_rules_changes_nothing() -> None:
    for seed in range(30):
        chance = random.Random(f"order {seed}")
        shape = bench.random_set(chance)
        before = conclude(Assessments(shape.rules), shape.facts)
        shuffled = list(shape.facts)
        chance.shuffle(shuffled)
        assert conclude(Assessments(shape.rules), shuffled) == before


def test_the_engine_sees_whole_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    native = pytest.importorskip("durable_rules_engine")
    seen: list[Any] = []
    for name in ("create_ruleset", "assert_fact"):
        real = getattr(native, name)
        monkeypatch.setattr(native, name, lambda *given, real=real: (seen.extend(given), real(*given))[1])
    chance = random.Random(5)
    for _ in range(40):
        shape = bench.random_set(chance)
        conclude(Assessments(shape.rules), shape.facts, durable.match)
    texts = [json.loads(given) for given in seen if isinstance(given, str) and given.startswith("{")]
    told = [fact for fact in texts if "id" in fact]
    rulesets = [text for text in texts if "id" not in text]
    assert len(told) > 100
    for fact in told:
        assert fact.pop("id").isdecimal()
        assert all(type(value) is int and abs(value) < 10_000 for value in fact.values())
    keys = {key for fact in told for key in fact}
    assert all(len(key) <= 2 and key != "sid" for key in keys)
    signs = {"$and", "$neq", "$gt", "$lt", "$lte", "$gte"}
    for ruleset in rulesets:
        assert len(ruleset) <= durable.RULES_AT_ONCE
        assert set(_signs(ruleset)) <= signs
        for one in ruleset.values():
            negated = any(name.endswith("$not") for tests in one["all"] for name in tests)
            assert ("gate" in one["all"][0]) is negated
            for tests in one["all"][1 + negated :]:
                *first, last = next(iter(tests.values()))["$and"]
                assert isinstance(next(iter(last.values())), dict)  # the one equality of the join
                assert not next(iter(last)).startswith("$")
                assert all(next(iter(test)).startswith("$") or test.keys() == {"a"} for test in first)


def _signs(node: Any) -> list[str]:
    if isinstance(node, dict):
        inner = [sign for value in node.values() for sign in _signs(value)]
        return [key for key in node if key.startswith("$")] + inner
    return [sign for item in node for sign in _signs(item)] if isinstance(node, list) else []


def test_no_thread_stays_and_no_global_host_is_made() -> None:
    pytest.importorskip("durable_rules_engine")
    code = (
        "import sys, threading, checker\n"
        "report = checker.check('fixtures/logs/s2_violating.jsonl', position='intermediate')\n"
        "assert report.assessments and 'durable_rules_engine' in sys.modules\n"
        "assert 'durable.lang' not in sys.modules and threading.active_count() == 1\n"
    )
    subprocess.run([sys.executable, "-X", "faulthandler", "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("missing", ["durable.engine", "durable_rules_engine"])
def test_without_the_engine_the_report_is_the_same_but_for_a_notice(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("durable_rules_engine")
    log = ROOT / "fixtures/logs/s2_violating.jsonl"
    with_engine = checker.check(log, **S2).to_dict()
    monkeypatch.setitem(sys.modules, missing, None)
    assert matcher()[0] is match
    without = checker.check(log, **S2).to_dict()
    assert without["assessments"] == with_engine["assessments"] != []
    assert without.pop("notices") == [*with_engine.pop("notices"), NOT_HAD]
    assert without == with_engine


def test_an_engine_that_gives_up_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise SystemError("no")

    given = Assessments((rule(Condition("finding", ())),))
    outcome = conclude(given, facts(2), broken)
    assert outcome.conclusions == conclude(given, facts(2), plain.match).conclusions
    assert len(outcome.notices) == 1


def test_nothing_is_imported_where_no_rule_has_anything_to_weigh() -> None:
    code = (
        "import sys, checker\n"
        "report = checker.check('fixtures/logs/s1_compliant.jsonl', only=['R-*'])\n"
        "assert report.assessments == [] and 'durable' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


# ---- limits: told, and never a wait ----


def test_too_many_facts() -> None:
    outcome = conclude(Assessments((rule(Condition("finding", ())),)), facts(limit("facts") + 1))
    assert outcome.conclusions == ()
    assert "nothing was assessed: 100,001 facts" in outcome.notices[0]


def test_too_many_matches_leave_out_the_rule_and_what_rests_on_it() -> None:
    two = rule(Condition("finding", ()), Condition("finding", (), same=SAME), name="X-1")
    after = rule(
        Condition("conclusion", (FieldTest("conclusion", frozenset({"c"})),)), name="X-2", stratum=1, conclusion="d"
    )
    other = rule(Condition("finding", (FieldTest("constraint", frozenset({"R"})),)), name="X-3", conclusion="e")
    many = facts(500)
    started = time.process_time()
    outcome = conclude(Assessments((two, after, other)), many, plain.match)
    assert time.process_time() - started < 5
    assert {c.rule.id for c in outcome.conclusions} == {"X-3"}
    assert outcome.notices == (
        f"assessment X-1 was not made: it could be tried in more than {limit('matches'):,} ways",
        "assessment X-2 was not made: it rests on X-1",
    )
    fewer = conclude(Assessments((two, after)), facts(500, subjects=10), plain.match)
    assert len(fewer.conclusions) == 980  # the first two of ten subjects have nothing before them
    assert fewer.notices == ()


def test_too_many_conclusions() -> None:
    outcome = conclude(Assessments((rule(Condition("finding", ())),)), facts(limit("conclusions") + 1))
    assert outcome.conclusions == ()
    assert outcome.notices == ("assessment X-1 was not made: more than 10,000 conclusions would follow by it",)


def test_many_facts_in_a_short_window_name_the_latest_only() -> None:
    counted = rule(Condition("finding", (), counted=Counted(2, None, ())))
    outcome = conclude(Assessments((counted,)), facts(5_000))
    assert len(outcome.conclusions) == 4_999
    assert [fact.id for fact in outcome.conclusions[-1].because] == [f"F-{n}" for n in range(4_900, 5_000)]


def test_rules_at_the_limits_of_the_engine_are_quick() -> None:
    pytest.importorskip("durable_rules_engine")
    four = rule(*(Condition("finding", (), same=SAME if place else ()) for place in range(4)))
    none = tuple(Condition("finding", (), absent=True, same=SAME, near=1) for _ in range(4))
    started = time.process_time()
    for given in (four, rule(Condition("finding", ()), *none)):
        for count in (6, 40, 400):
            some = facts(count, subjects=1 + count // 6)
            assert conclude(Assessments((given,)), some, durable.match) == conclude(
                Assessments((given,)), some, plain.match
            )
    assert time.process_time() - started < 20
