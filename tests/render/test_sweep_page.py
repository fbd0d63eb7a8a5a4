"""The page of a sweep: its plot says what its table says, nothing of it runs, and everyone can use it."""

import json
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from browser import Browser

import checker
from checker.answers import Comparison, Sweep
from checker.cli import run
from checker.render.answers import COMPARISONS, SWEEPS
from checker.render.html.sweep import plot

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "fixtures/logs/s2_violating.jsonl"


@pytest.fixture(scope="module")
def swept() -> Sweep:
    return checker.sweep(LOG, "notice_period", position="intermediate")


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return checker.compare(LOG, positions=("turkish-limited-use", "intermediate"))


def test_the_plot_is_to_scale(swept: Sweep) -> None:
    made = plot(swept.constraints[0], swept)
    assert [column.told for column in made.columns] == [
        "6 satisfied", "1 violated, 5 satisfied", "2 violated, 4 satisfied", "3 violated, 3 satisfied",
    ]  # fmt: skip
    widths = [float(column.width) for column in made.columns]
    assert widths[1] / widths[2] == pytest.approx((77 * 60 + 20 - 48 * 60 - 10) / 20, rel=0.01)
    assert [mark.text for mark in made.marks] == ["48 h 10 min", "77 h 20 min", "77 h 40 min"]
    assert made.marks[1].y != made.marks[2].y  # they would cover one another
    edges = [float(column.x) for column in made.columns]
    assert made.now is not None
    assert edges[1] < float(made.now) < edges[2]
    violated = [sum(float(p.height) for p in c.parts if p.verdict == "violated") for c in made.columns]
    assert violated == pytest.approx([0, 28, 56, 84], abs=0.02)


def test_everything_is_on_the_page(swept: Sweep) -> None:
    page = SWEEPS["html"](swept, 0)
    for told in ("48 h 10 min", "77 h 20 min", "77 h 40 min", "now 72 h", "R-02", swept.logs[0].digest):
        assert told in page
    assert page.count("<tr><th") == 1 + 4 + 1 + 3
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r' id="([^"]+)"', page))
    assert "<script" not in page
    assert "style=" not in page
    assert SWEEPS["html"](swept, 0) == page


def test_single_values_and_no_occasion() -> None:
    points = checker.sweep(LOG, "emission_limit", position="intermediate", values=["30 min", "2 h"])
    made = plot(points.constraints[0], points)
    assert float(made.columns[0].x) + float(made.columns[0].width) < float(made.columns[1].x)  # nothing is said between
    assert made.now is None
    assert "Judged again at the values given" in SWEEPS["html"](points, 0)
    nothing = replace(points.constraints[0], steps=[replace(s, **dict.fromkeys(
        ("satisfied", "violated", "inconclusive", "pending", "excused"), 0)) for s in points.constraints[0].steps
    ])  # fmt: skip
    assert 'class="plot"' not in SWEEPS["html"](replace(points, constraints=[nothing]), 0)
    assert "None depends on it" in SWEEPS["html"](replace(points, constraints=[]), 0)


def test_breakpoints_of_any_number_and_one_value(swept: Sweep) -> None:
    one = swept.constraints[0]
    many = [replace(one.breakpoints[0], value=n, text=f"{n} s") for n in range(300)]
    steps = [replace(one.steps[1], current=n == 5) for n in range(301)]
    made = plot(replace(one, breakpoints=many, steps=steps), replace(swept, value="5 s"))
    assert len(made.columns) == 301
    assert 4 <= len(made.marks) < 60
    none = plot(replace(one, breakpoints=[], steps=one.steps[:1]), swept)
    assert len(none.columns) == 1
    assert none.now is not None


def test_nothing_of_a_log_or_rulebook_runs(swept: Sweep, browser: Browser, tmp_path: Path) -> None:
    bad = "</style></svg><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"
    one = swept.constraints[0]
    turned = [replace(one.breakpoints[0].turned[0], subject=bad, key={bad: bad})]
    points = [replace(point, text=bad, turned=turned) for point in one.breakpoints]
    steps = [replace(step, text=bad) for step in one.steps]
    hostile = replace(one, id=bad, title=bad, text=bad, breakpoints=points, steps=steps)
    logs = [replace(swept.logs[0], name=bad)]
    page = SWEEPS["html"](replace(swept, constraints=[hostile], logs=logs, notices=[bad], parameter=bad), 0)
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    browser.open(path.as_uri())
    asked = [event["request"]["url"] for event in browser.told("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith(("file://", "data:"))] == []
    assert browser.run("document.querySelectorAll('script, img').length") == 0


def test_it_is_written_from_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "notice.html"
    asked = ["sweep", str(LOG), "--position", "intermediate", "--parameter", "notice_period"]
    assert run([*asked, "--output", f"html:{out}"]) == 0
    assert "notice_period, now 72 h" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("which", ["sweep", "comparison"])
def test_everyone_can_use_it(
    browser: Browser, tmp_path: Path, swept: Sweep, compared: Comparison, which: str, dark: bool
) -> None:
    """axe-core finds no fault, and nothing is wider than a phone or a laptop."""
    path = tmp_path / "page.html"
    path.write_text(SWEEPS["html"](swept, 0) if which == "sweep" else COMPARISONS["html"](compared, 0), "utf-8")
    browser.dark(dark)
    for width in (1280, 390):
        browser.size(width, 800)
        browser.open(path.as_uri())
        assert browser.run("document.documentElement.scrollWidth") <= width
    browser.size(1280, 800)
    spec = find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe-core is not installed")
    browser.run((Path(spec.origin).parent / "axe.min.js").read_text("utf-8") + "; 0")
    found = browser.run(
        "axe.run(document, {resultTypes: ['violations']}).then(found => JSON.stringify(found.violations.map("
        "one => [one.id, one.nodes.map(node => node.html.slice(0, 200))])))"
    )
    assert json.loads(found) == []
