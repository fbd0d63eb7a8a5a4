"""Planted defects: each is found, by its code and at its place, and the near miss beside it gives nothing."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from linted import lint_of
from small import read

from checker import check
from checker.lint import showing
from checker.rulebook import load_rulebook

LISTED = read((Path(__file__).parent / "defects.yaml").read_text(encoding="utf-8"))
DEFECTS: list[dict[str, Any]] = LISTED["defects"]
_ABOUT_IT = ("name", "code", "on", "near", "also", "expect", "witness")


def merged(one: Any, two: Any) -> Any:
    """Mappings put together to any depth; else the second."""
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return {**one, **{key: merged(one.get(key), value) for key, value in two.items()}}
    return two


def sections(defect: Mapping[str, Any]) -> dict[str, Any]:
    return merged(LISTED["common"], {key: value for key, value in defect.items() if key not in _ABOUT_IT})


def told(given: Mapping[str, Any], tmp_path: Path) -> list[Any]:
    """What is said, but for parts of the common definitions that a small rulebook leaves unused."""
    common = {str(name) for section in LISTED["common"].values() for name in section}
    return [r for r in lint_of(given, tmp_path).remarks if not (r.code == "unused" and set(r.about) <= common)]


def shows(remark: Any, path: Path) -> None:
    """A remark on two rules comes with a log of which a check says what it says that it says."""
    if remark.code not in ("conflicting", "unsatisfiable", "dominated"):
        return
    if remark.witness is None:
        assert "cannot be met without" in remark.text  # that somebody may be missing is shown by no record
        return
    log = path.with_name("log.jsonl")
    log.write_text("".join(json.dumps(record) + "\n" for record in remark.witness.records))
    until = re.search("observed until ([^ ]+)$", remark.witness.text)
    book = load_rulebook(path)
    report = check(log, rulebook=replace(book, waivers=()), observed_until=until[1] if until else None)
    verdicts = {row.id: str(row.verdict) for row in report.constraints}
    assert {name: verdicts[name] for name in remark.witness.verdicts} == remark.witness.verdicts
    assert "violated" in remark.witness.verdicts.values()
    if remark.code != "dominated" and not remark.about:
        assert "satisfied" in remark.witness.verdicts.values()


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: str(defect["name"]).replace(" ", "-"))
def test_a_defect_is_found_and_its_near_miss_gives_nothing(defect: dict[str, Any], tmp_path: Path) -> None:
    remarks = told(sections(defect), tmp_path)
    wanted = str(defect.get("expect", defect["on"]))
    found = [r for r in remarks if r.code == defect["code"]]
    assert found, [(r.code, r.text) for r in remarks]
    for remark in found:
        assert wanted in (remark.constraints[:1] or remark.about) or wanted in remark.about, remark
        assert remark.line
        assert remark.excerpt
        assert remark.what_to_do
    assert {r.code for r in remarks} - {defect["code"], *defect.get("also", ())} == set()
    if defect.get("witness") == "true":
        assert found[0].witness is not None
        assert set(found[0].witness.verdicts.values()) == {"satisfied"}
    for remark in found:
        shows(remark, tmp_path / "rulebook.yaml")
    near = told(merged(sections(defect), defect["near"]), tmp_path)
    assert [(r.code, r.text) for r in near] == []


def test_there_are_enough_and_every_code_is_planted() -> None:
    from checker.rulebook.models import LINT_CODES

    assert len(DEFECTS) >= 30
    assert {str(defect["code"]) for defect in DEFECTS} == set(LINT_CODES)


def test_a_remark_stands_without_a_schedule_where_too_many_would_be_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = next(one for one in DEFECTS if one["code"] == "conflicting")
    usual = [(r.code, r.constraints) for r in told(sections(defect), tmp_path)]
    monkeypatch.setattr(showing, "TRIES", 0)
    made = told(sections(defect), tmp_path)
    assert [(r.code, r.constraints) for r in made] == usual
    (remark,) = [r for r in made if r.code == "conflicting"]
    assert remark.witness is None or not remark.witness.records
