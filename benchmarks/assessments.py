"""Does the rule engine find what the plain matcher finds? Random rules on random facts, both ways, counted.

python benchmarks/assessments.py [SETS] [SEED]
"""

import random
import sys
import time
from typing import Any, NamedTuple

from checker.assessment import conclude, durable, plain
from checker.assessment.facts import ALL, WITHHELD, Fact, Quantity, task_of
from checker.assessment.rules import Assessments, Conclude, Condition, Counted, FieldTest, Piece, Rule
from checker.location import Location

TEXTS = ("A", "B", "C", "$s", '{"a": 1}', "\x00", "é\u202e", "id", "sid")
"""Values that have a meaning elsewhere, among plain ones: none of them may reach the engine as it is."""
BIG = 2**62


class Shape(NamedTuple):
    """What a set is made of."""

    rules: tuple[Rule, ...]
    facts: tuple[Fact, ...]


def random_facts(chance: random.Random, most: int = 14) -> tuple[Fact, ...]:
    """Findings that often share a subject, a key and an instant, so that joins have something to find."""
    far = chance.choice((0, 0, 1_924_981_200_000_000, BIG))
    facts = []
    for number in range(chance.randrange(most + 1)):
        at = far + chance.randrange(12)
        fields: dict[str, Any] = {
            "constraint": chance.choice(("R-1", "R-2", "N-1")),
            "severity": chance.choice(("minor", "major")),
            "verdict": "violated",
            "subject": chance.choice((ALL, *TEXTS[:3])),
            "never_waivable": chance.random() < 0.3,
            "magnitude": Quantity(low := chance.randrange(4), low + chance.randrange(2), chance.random() < 0.5),
        }
        if chance.random() < 0.8:
            fields["key.em"] = chance.choice((*TEXTS, WITHHELD))
        facts.append(Fact("finding", f"F-{number}", at, at + chance.randrange(3), fields))
    return tuple(facts)


def random_rule(chance: random.Random, number: int, conclusions: list[str]) -> Rule:
    """A rule of one to three facts and up to two that there must not be, over findings and earlier conclusions."""
    asked = chance.choice((1, 1, 2, 2, 2, 3))
    absent = chance.choice((0, 0, 1, 1, 2))
    when = [random_condition(chance, place, conclusions, False) for place in range(asked)]
    when += [random_condition(chance, asked, conclusions, True) for _ in range(absent)]
    name = chance.choice(("breach", "duty", f"c{number}"))
    while name in conclusions:
        name += "x"
    carry = (("em", chance.randrange(asked), "key.em"),) if chance.random() < 0.5 else ()
    says = Conclude(name, (Piece("of "), Piece("", 0, "subject")), "major", chance.choice((None, 5)), carry)
    return Rule(f"X-{number}", "", "", "", tuple(when), says, Location("bench"), len(conclusions))


def random_condition(chance: random.Random, place: int, conclusions: list[str], absent: bool) -> Condition:
    sort = "conclusion" if conclusions and chance.random() < 0.4 else "finding"
    if sort == "conclusion":
        field = "em"
        tests = [FieldTest("conclusion", frozenset({chance.choice(conclusions)}))]
    else:
        field = "key.em"
        tests = []
        if chance.random() < 0.5:
            tests.append(FieldTest("constraint", frozenset({"R-1", "N-1"}), chance.random() < 0.3))
        if chance.random() < 0.2:
            tests.append(FieldTest("magnitude", at_least=chance.randrange(4), timed=chance.random() < 0.5))
    counted = None
    if chance.random() < 0.25:
        within = chance.choice((None, 1, 3, 6))
        counted = Counted(chance.randrange(1, 4), within, chance.choice(((), ("subject",), ("subject", field))))
    same = []
    if place:
        for _ in range(chance.choice((0, 1, 1, 1, 2))):
            same.append(("subject", chance.randrange(place), "subject"))
        if chance.random() < 0.3:
            same.append((field, chance.randrange(place), "key.em"))
    return Condition(
        sort, tuple(tests), "", absent, tuple(dict.fromkeys(same)),
        chance.choice((1, 3, 6)) if place and chance.random() < 0.3 else None,
        chance.randrange(place) if place and chance.random() < 0.2 else None,
        chance.randrange(place) if place and chance.random() < 0.2 else None,
        counted,
    )  # fmt: skip


def random_set(chance: random.Random) -> Shape:
    rules: list[Rule] = []
    if chance.random() < 0.01:  # more rules than go into one ruleset
        many = chance.randrange(35, 90)
        return Shape(tuple(random_rule(chance, number, []) for number in range(many)), random_facts(chance))
    for number in range(chance.randrange(1, 5)):
        rules.append(random_rule(chance, number, [rule.conclude.conclusion for rule in rules]))
    return Shape(tuple(rules), random_facts(chance))


def compared(shape: Shape) -> tuple[int, bool]:
    """How many conclusions the plain matcher draws, and whether the engine draws the same on the same trail."""
    assessments = Assessments(shape.rules)
    expected = conclude(assessments, shape.facts, plain.match)
    found = conclude(assessments, shape.facts, durable.match)
    return len(expected.conclusions), found == expected


def main() -> None:
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    chance = random.Random(seed)
    rows: dict[str, list[int]] = {}
    started = time.perf_counter()
    for number in range(sets):
        shape = random_set(chance)
        conclusions, agree = compared(shape)
        conditions = [c for rule in shape.rules for c in rule.when]
        kinds: list[str] = ["all"]
        kinds += ["with a join"] * any(c.same for c in conditions)
        kinds += ["with an instant"] * any(
            c.near is not None or c.after is not None or c.before is not None for c in conditions
        )
        kinds += ["with an absence"] * any(c.absent for c in conditions)
        kinds += ["with occurrences"] * any(c.counted for c in conditions)
        kinds += ["with a chain"] * any(c.sort == "conclusion" for c in conditions)
        kinds += ["with many rules"] * (len(shape.rules) > 30)
        kinds += ["with a value withheld"] * any(WITHHELD in fact.fields.values() for fact in shape.facts)
        for kind in kinds:
            row = rows.setdefault(kind, [0, 0, 0, 0])
            row[0] += 1
            row[1] += conclusions > 0
            row[2] += conclusions
            row[3] += not agree
        if not agree:
            print(f"set {number} of seed {seed} differs: {shape}")
    print(f"{'sets':<20}{'number':>10}{'concluding':>12}{'conclusions':>13}{'differing':>11}")
    for kind, row in rows.items():
        print(f"{kind:<20}{row[0]:>10,}{row[1]:>12,}{row[2]:>13,}{row[3]:>11,}")
    print(f"in {time.perf_counter() - started:.0f} s, seed {seed}")
    print()
    print(f"{'facts':>8}{'plain, ms':>12}{'engine, ms':>12}{'ratio':>8}   joined by subject, 20 facts of each")
    for facts in (20, 100, 500, 2_000):
        rule = Rule(
            "X", "", "", "",
            (Condition("finding", (), "first"), Condition("finding", (), "second", same=(("subject", 0, "subject"),))),
            Conclude("c", ()), Location("bench"),
        )  # fmt: skip
        many = tuple(Fact("finding", f"F-{n}", n, n, {"subject": f"S-{n // 20}"}) for n in range(facts))
        tasks = [task_of(rule, many)]
        times = []
        results = []
        for matcher in (plain.match, durable.match):
            begun = time.perf_counter()
            results.append(matcher(tasks))
            times.append((time.perf_counter() - begun) * 1000)
        assert results[0] == results[1]
        print(f"{facts:>8,}{times[0]:>12.1f}{times[1]:>12.1f}{times[1] / times[0]:>8.1f}")
    if any(row[3] for row in rows.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
