"""Notices that a log could make as many of as it has records: the first are told, all others counted."""

import random
import re
from pathlib import Path
from typing import Any

import pytest
import small

import checker
from checker import alike
from checker.alike import MOST, sharing
from checker.event import Record
from checker.report import Report

BOOK: dict[str, Any] = {
    "events": small.read("{A: {n: number?}, B: {}}"),
    "constraint": small.read("{kind: count, event: A, in: 1 d, at_most: 1000000}"),
}


def record(at: int, name: str, more: str = "") -> str:
    return f"2031-05-01T{at // 3600 % 24:02d}:{at // 60 % 60:02d}:{at % 60:02d}Z {name}{more}"


def both(lines: list[str], tmp_path: Path) -> Report:
    """What both backends say, the columnar one of a file as well."""
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f"{small.record(line)}\n".replace("'", '"') for line in lines))
    rules = small.rulebook(BOOK)
    made = checker.check(path, rules, backend="reference")
    assert checker.check(path, rules, backend="columnar") == made
    return made


@pytest.mark.parametrize(
    ("name", "more", "told", "others"),
    [
        (
            "A a id=i{n}",
            "",
            "id 'i[0-9]+' stands for different records",
            " more records whose id stands for different records",
        ),
        ("A a id=x", "", "id 'x' stands for different records", " more records whose id stands for different records"),
        ("A a n=u", "", "field 'n' is not a number", " more fields of other records not as the catalogue says"),
        ("T{n} a", "A a", "of type 'T[0-9]+', which", "more types that the rulebook does not know"),
    ],
)
def test_what_is_left_out_is_counted(name: str, more: str, told: str, others: str, tmp_path: Path) -> None:
    count = MOST + 500
    lines = [record(n, name.format(n=n)) for n in range(count)] + ([record(9, more)] if more else [])
    if "{n}" in name and "id" in name:
        lines += [record(n, name.format(n=n), " n=1") for n in range(count)]
    made = both(lines, tmp_path)
    assert sum(bool(re.search(told, notice)) for notice in made.notices) == MOST
    (beyond,) = [notice for notice in made.notices if others in notice]
    assert re.search(r"\b(500|499) more", beyond)
    assert made.verdict == "satisfied"


def pairs_of(records: list[Record]) -> list[tuple[str, int, int]]:
    """Every pair, by the words of the documents."""
    from checker.trace import in_order

    seen: dict[tuple[str, str], int] = {}
    found = []
    for one in in_order(records)[0]:
        if one.id is not None:
            same = (one.source or "", one.id)
            if same in seen:
                found.append((one.id, seen[same], one.location.line))
            seen[same] = one.location.line
    return found


def test_the_first_are_those_of_the_trace_in_whatever_order_records_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "MOST", 4)
    chance = random.Random(1)
    for _ in range(300):
        lines = {
            record(chance.randint(0, 9), "AB"[chance.randint(0, 1)], f" a id={chance.choice('xyz')} source={chance.choice('HK')}"
                   f" n={chance.randint(0, 3)}")
            for _ in range(chance.randint(0, 20))
        }  # fmt: skip
        records = small.log(chance.sample(sorted(lines), len(lines))).records
        wanted = pairs_of(records)
        found = sharing(records)
        assert [(one.id, one.first.line, one.other.line) for one in found.pairs] == wanted[:4]
        assert found.more == max(len(wanted) - 4, 0)
