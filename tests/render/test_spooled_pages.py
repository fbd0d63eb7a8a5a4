"""Pages of findings that lie in a file are those of findings that are held, and not put together in memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from checker import scanned
from checker.backends.screening import HELD
from checker.render import FORMATS, Page, pieces
from checker.render.parts import by_verdict, of_sorts, sorts_of
from checker.report import Report
from checker.rulebook import load_rulebook
from checker.spool import Spool
from checker.telling import report

ROOT = Path(__file__).parents[2]
RULES = load_rulebook(str(ROOT / "benchmarks/limits.yaml"))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with breaches and missing records."""
    path = tmp_path_factory.mktemp("spooled") / "log.jsonl"
    shape = [
        "--records",
        "800",
        "--units",
        "5",
        "--relevant",
        "1",
        "--breaches",
        "0.4",
        "--missing",
        "0.01",
        "--unreadable",
        "0.01",
    ]
    subprocess.run([sys.executable, str(ROOT / "benchmarks/generate.py"), str(path), *shape], check=True)
    return path


def told(log: Path, held: int) -> Report:
    return report(scanned.run([str(log)], RULES.mapping, RULES, held=held))


def test_every_page_is_the_same_from_a_file(log: Path) -> None:
    kept, spooled = told(log, HELD), told(log, 0)
    assert isinstance(spooled.findings, Spool)
    assert not isinstance(kept.findings, Spool)
    for format_ in FORMATS:
        if format_ != "html":  # which shows a timeline, made of the check
            page = "".join(pieces(format_, spooled, Page()))
            assert page == "".join(pieces(format_, kept, Page())), format_


def test_findings_are_counted_and_chosen_alike(log: Path) -> None:
    kept, spooled = told(log, HELD).findings, told(log, 0).findings
    sorts = sorts_of(kept)
    assert sorts_of(spooled) == sorts
    assert {sort.shown for sort in sorts} == {True, False}
    assert len(by_verdict(sorts)) > 1
    for wanted in sorts:
        assert list(of_sorts(spooled, wanted.__eq__)) == list(of_sorts(kept, wanted.__eq__))


def test_a_long_page_of_text_comes_in_pieces(log: Path) -> None:
    made = told(log, 0)
    made.findings = list(made.findings) * 20
    parts = list(pieces("text", made, Page()))
    assert max(part.count("\n") for part in parts) <= 1000 < sum(part.count("\n") for part in parts)
