"""Real agreements as rulebooks: every norm of the list stands in one, shown by examples that notice what changes it.

`UPDATE_DOCS=1 pytest tests/rulebook/test_regimes.py` writes the table of them into docs/regimes.md.
"""

import csv
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from checker.constraint import Constraint
from checker.rulebook import Rulebook, load_rulebook
from checker.rulebook.examples import load_examples
from checker.tested import Outcome
from checker.testing import run

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "constraints/regimes"
FILES = sorted(FOLDER.glob("*.yaml"))
PAGE = ROOT / "docs/regimes.md"

TO_BE_CHECKED = re.compile(r"\bknown from the instrument; check before quoting\.", re.IGNORECASE)
"""What the note says of a number that was not read in a public source (K in the list)."""

_TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- /table -->)", re.DOTALL)


class Norm(NamedTuple):
    """A norm of the list; `number`: whether it was read in a public source (V) or is known from the instrument (K)."""

    id: str
    instrument: str
    constraint: str
    number: str


def _norms() -> dict[str, Norm]:
    with (ROOT / "fixtures/regimes.csv").open(encoding="utf-8", newline="") as lines:
        return {row["id"]: Norm(**row) for row in csv.DictReader(lines)}


NORMS = _norms()


def norm_of(id: str) -> Norm | None:
    """The norm that a constraint says; MX-10a is a part of MX-10 that stands by itself."""
    return NORMS.get(id) or NORMS.get(re.sub(r"[a-z]$", "", id))


@cache
def book_of(path: Path) -> Rulebook:
    return load_rulebook(path)


@cache
def outcome_of(path: Path) -> Outcome:
    return run(
        load_examples(path),
        lambda position, parameters: load_rulebook(path, position=position, parameters=parameters),
        mutate=True,
    )


def everything() -> Iterator[tuple[Path, Constraint]]:
    for path in FILES:
        for constraint in book_of(path).constraints:
            yield path, constraint


# ---- each rulebook ----

each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@each
def test_every_example_comes_out_as_it_is_to(path: Path) -> None:
    wrong = [(one.name, one.differences) for one in outcome_of(path).examples if one.verdict != "passed"]
    assert not wrong


@each
def test_each_constraint_is_shown_kept_and_broken(path: Path) -> None:
    assert [(row.constraint, row.seen, row.unseen) for row in outcome_of(path).coverage if not row.complete] == []


@each
def test_at_least_95_of_100_changes_are_noticed(path: Path) -> None:
    mutation = outcome_of(path).mutation
    assert mutation is not None
    assert mutation.mutants
    unnoticed = [f"{one.of}: {one.change}" for one in mutation.survivors]
    assert mutation.killed >= 0.95 * mutation.mutants, unnoticed


@each
def test_a_rulebook_is_named_as_its_file(path: Path) -> None:
    assert book_of(path).id == path.stem


# ---- all of them ----


def test_each_norm_stands_in_one_place() -> None:
    found = [constraint.id for _, constraint in everything()]
    assert sorted(found) == sorted(set(found))
    assert [id for id in found if norm_of(id) is None] == []


def test_where_one_norm_of_an_instrument_is_written_all_are() -> None:
    found = {constraint.id for _, constraint in everything()}
    begun = {NORMS[id].instrument for id in found & NORMS.keys()}
    assert [norm.id for norm in NORMS.values() if norm.instrument in begun and norm.id not in found] == []


def test_the_source_of_each_is_told_and_what_was_not_read_says_so() -> None:
    for _, constraint in everything():
        norm = norm_of(constraint.id)
        assert norm is not None
        assert constraint.source not in ("", "illustrative"), constraint.id
        if constraint.id == norm.id and "K" in norm.number:
            assert TO_BE_CHECKED.search(constraint.note), constraint.id


# ---- the table ----


def table() -> str:
    """Every norm of the list in its order, with the kinds that say it; those not written yet are named below."""
    by_norm: dict[str, list[tuple[Path, Constraint]]] = {}
    for path, constraint in everything():
        norm = norm_of(constraint.id)
        assert norm is not None
        by_norm.setdefault(norm.id, []).append((path, constraint))
    lines = [
        "| id | instrument | constraint | kinds | rulebook | number | how it was read |",
        "|---|---|---|---|---|---|---|",
    ]
    for norm in NORMS.values():
        for path, one in by_norm.get(norm.id, []):
            number = norm.number if one.id == norm.id else ""
            cells = (one.id, norm.instrument, one.title, _kinds(path, one), _link(path), number, _cell(_note(one)))
            lines.append(f"| {' | '.join(cells)} |")
    written, missing = len(by_norm), [norm.id for norm in NORMS.values() if norm.id not in by_norm]
    told = f"{written} of {len(NORMS)} norms, in {len(FILES)} rulebooks."
    if missing:
        told += f" Not written yet: {', '.join(missing)}."
    return "\n".join([told, "", *lines, ""])


def _kinds(path: Path, constraint: Constraint) -> str:
    """The kinds of its parts, how often each, and what it has to do with an exception."""
    kinds = [clause.kind for clause in constraint.clauses]
    told = [f"{kind} x {kinds.count(kind)}" if kinds.count(kind) > 1 else kind for kind in dict.fromkeys(kinds)]
    for waiver in book_of(path).waivers:
        if any(one.id == constraint.id for one in (*waiver.precedent, *waiver.subsequent)):
            told.append(f"condition of {waiver.id}")
        elif constraint.id in waiver.excuses:
            told.append(f"excused by {waiver.id}")
    return ", ".join(told)


def _note(constraint: Constraint) -> str:
    return re.sub(r"^Numbers? known from the instrument; check before quoting\.\s*", "", constraint.note)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _link(path: Path) -> str:
    return f"[{path.stem}](../constraints/regimes/{path.name})"


def test_the_table_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    made = _TABLE.sub(lambda _: table(), text)
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(made, encoding="utf-8")
        text = made
    assert text == made, "run UPDATE_DOCS=1 pytest tests/rulebook/test_regimes.py"
