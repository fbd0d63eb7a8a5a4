"""The page of a comparison: all of it is there, and nothing of it runs or asks for anything."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

import checker
from checker.answers import Comparison
from checker.cli import run
from checker.render.answers import COMPARISONS

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "fixtures/logs/s2_violating.jsonl"


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return checker.compare(LOG, positions=("turkish-limited-use", "intermediate"))


def text_of(page: str) -> str:
    body = page[page.index("<body>") :]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


def test_everything_is_on_the_page(compared: Comparison) -> None:
    page = COMPARISONS["html"](compared, 0)
    shown = text_of(page)
    for total in compared.totals:
        assert f"{total.position} {total.verdict}" in shown
    for row in compared.constraints:
        assert f"{row.id} {row.title}" in shown
    assert shown.count("On this log:") == sum(len(row.sides) for row in compared.constraints if not row.same)
    for one in compared.only_in:
        assert one.finding.id in page
    for log in compared.logs:
        assert log.digest in page
    assert COMPARISONS["html"](compared, 0) == page


def test_every_link_leads_to_a_place(compared: Comparison) -> None:
    page = COMPARISONS["html"](compared, 0)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r' id="([^"]+)"', page))


def test_nothing_of_a_log_or_rulebook_runs(compared: Comparison) -> None:
    bad = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"
    row = replace(compared.constraints[0], title=bad, text=bad, same=False)
    log = replace(compared.logs[0], name=bad)
    page = COMPARISONS["html"](replace(compared, constraints=[row], logs=[log], notices=[bad]), 0)
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "default-src 'none'; style-src &#39;sha256-" in page or "default-src &#39;none&#39;; style-src" in page


def test_it_is_written_from_the_command_line(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    out = tmp_path / "positions.html"
    asked = ["compare", str(LOG), "--positions", "turkish-limited-use,us-demand", "--output", f"html:{out}"]
    assert run(asked) == 0
    assert "Findings that one position has and another has not" in out.read_text(encoding="utf-8")
