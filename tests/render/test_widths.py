"""Pages of text at several widths: no line is wider, nothing of what matters is lost; and the timeline in text."""

import os
import pty
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

import checker
import checker.cli
from checker.charting import chart
from checker.render.answers import COMPARISONS, SWEEPS
from checker.render.layout import SIGNS, as_ascii, columns, fitted, flowed, row, wrapped
from checker.render.strip import ASSETS, MARKS, strip
from checker.render.text import render
from checker.report import Report, Timeline
from checker.route import judged_files
from checker.rulebook import load_rulebook
from checker.telling import report

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "fixtures/logs"
WIDTHS = (60, 80, 100, 120)


def drawn(name: str) -> tuple[Report, Timeline]:
    book = load_rulebook(position="intermediate")
    found = judged_files([str(LOGS / f"{name}.jsonl")], book.mapping, book, every=False)
    made = report(found)
    for log in made.logs:
        log.name = "log.jsonl"
    for finding in made.findings:
        for witness in finding.witnesses:
            witness.log = "log.jsonl"
    return made, chart(found, made)


@pytest.fixture(scope="module", params=["s2_violating", "s4_incomplete_log", "waivers"])
def both(request: pytest.FixtureRequest) -> tuple[Report, Timeline]:
    return drawn(request.param)


def widest(page: str) -> int:
    return max(map(columns, page.split("\n")))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_fits(both: tuple[Report, Timeline], width: int) -> None:
    made, timeline = both
    page = render(made, width, timeline=timeline, drawn=True)
    assert widest(page) <= width
    close = re.sub(r"\s+", "", page)
    for finding in made.findings:
        if finding.shown:
            assert f"[{finding.id}]" in page
            assert re.sub(r"\s+", "", finding.message.split(".")[-2]) in close
    for constraint in made.constraints:
        assert constraint.id in page


@pytest.mark.parametrize("width", WIDTHS)
def test_answers_fit(width: int) -> None:
    compared = checker.compare(LOGS / "s2_violating.jsonl")
    page = COMPARISONS["text"](compared, width)
    assert widest(page) <= width
    assert all(one.finding.id in page for one in compared.only_in)
    page = SWEEPS["text"](checker.sweep(LOGS / "s2_violating.jsonl", "notice_period", position="intermediate"), width)
    assert widest(page) <= width
    for told in ("48 h 10 min", "77 h 20 min", "77 h 40 min", "3 violated, 3 satisfied"):
        assert told in re.sub(r"\s+", " ", page)


def test_long_names_wrap_and_stay_whole() -> None:
    made, _ = drawn("s2_violating")
    title, name = " ".join(f"word{n}" for n in range(60)), "ID-" + "x" * 90
    first = replace(made.constraints[0], id=name, title=title)
    page = render(replace(made, constraints=[first], findings=[], assessments=[]), 60)
    assert widest(page) <= 60
    table = page[page.index("\nConstraints") :]
    assert all(f"word{n}" in table for n in range(60))
    assert table.count("x") >= 90


def test_parts_and_cells() -> None:
    assert flowed(["a.jsonl:1", "", "2031-05-01T00:00:00Z", "RADAR_ON"], 34, 2, 4) == [
        "  a.jsonl:1  2031-05-01T00:00:00Z", "    RADAR_ON",
    ]  # fmt: skip
    assert list(row(["id", "two words", "1 violated"], [2, 5, 20])) == ["id  two    1 violated", "    words"]
    assert fitted("abcdef", 4) == "abc…"
    assert fitted("日本語", 4) == "日… "
    assert columns("日本") == 4
    assert columns("e\u0301") == 1


def test_columns_of_signs_that_are_wide_or_put_onto_others() -> None:
    told = {
        "\uac01": 2, "\u1100\u1161\u11a8": 2, "\uff76": 1, "\uff21": 2, "\u0928\u094d": 1, "a\u20dd": 1, "\U0001f6f0": 1,
        "\U0001f680": 2, "\u7d0a\u0301": 2,
    }  # fmt: skip
    assert {text: columns(text) for text in told} == told


@given(st.text(st.sampled_from("ab -x"), max_size=60), st.integers(1, 30), st.booleans())
def test_ascii_is_wrapped_as_the_standard_library_does(text: str, width: int, cut: bool) -> None:
    text = text.lstrip()
    expected = textwrap.wrap(text, width, break_long_words=cut, break_on_hyphens=False)
    expected = [line.rstrip() for line in expected if line.strip()] or [""]  # it leaves blanks before a long word
    if cut:
        assert list(row([text, ""], [width, 0])) == expected
    else:
        assert wrapped(text, width, 0, 0) == expected


SOME = st.text(
    st.sampled_from("ab1 \u30ec\u30fc\u30c0\u7d0a\u3002\u300c\u300d\uac01\u1100\u1161\u0301\u20dd"), max_size=80
)


@given(SOME, st.integers(20, 60))
def test_wide_signs_fit_and_nothing_is_lost(text: str, width: int) -> None:
    for lines in (wrapped(text, width, 2, 4), list(row(["id", text], [2, width]))):
        whole = width if lines[0][:2] != "id" else width + 4
        assert all(columns(line) <= whole for line in lines if "\u3002" not in line and "\u300d" not in line)
        assert re.sub(r"\s", "", "".join(lines)).removeprefix("id") == re.sub(r"\s", "", text)
        assert not any(category(line.lstrip()[0]) in ("Mn", "Me") for line in lines[1:] if line.strip())


def test_prose_without_blanks_is_wrapped() -> None:
    text = "\u300c\u30ec\u30fc\u30c0\u30fc\u300d\u306f\u3001\u4e8b\u524d\u306b\u901a\u544a\u3057\u305f\u6642\u9593\u5185\u306b\u9650\u308a\u4f7f\u7528\u3059\u308b\u3002"
    assert wrapped(text, 20, 0, 2) == [
        "\u300c\u30ec\u30fc\u30c0\u30fc\u300d\u306f\u3001\u4e8b\u524d",
        "  \u306b\u901a\u544a\u3057\u305f\u6642\u9593\u5185\u306b",
        "  \u9650\u308a\u4f7f\u7528\u3059\u308b\u3002",
    ]
    cells = list(row(["\u540d\u524d", text, "1"], [6, 12, 3]))
    assert cells[0].index("\u300c") == 6
    assert {columns(line[: line.rindex("1")]) for line in cells if line.endswith("1")} == {22}


# ---- the timeline ----


def lines_of(made: Report, timeline: Timeline | None, width: int = 100) -> list[str]:
    return list(strip(made, timeline, width))


def test_a_timeline_has_a_row_for_each_asset_and_interval() -> None:
    made, timeline = drawn("s2_violating")
    lines = lines_of(made, timeline)
    assert lines[0].startswith("  UTC 2031 ")
    assert "|05-03" in lines[0]
    names = [line[2:30].rstrip() for line in lines[1:-1]]
    assert [name for name in names if not name.startswith(" ")] == ["all", "BTY-A", "BTY-A+BTY-B", "BTY-B"]
    emission = lines[names.index("BTY-A") + 2]
    assert emission.startswith("    emission")
    assert "✗" in emission  # 15 minutes beyond its limit
    assert lines[0].index("|05-03") < emission.index("✗") < lines[0].index("|05-05")
    assert "✗ violated" in lines[-1]
    assert "░" not in "".join(lines)


def test_missing_records_are_shaded() -> None:
    lines = lines_of(*drawn("s4_incomplete_log"))
    assert "░ records missing" in " ".join(lines)
    shade = next(line for line in lines if line.startswith("  all")).index("░")
    assert next(line for line in lines if line.startswith("    emission"))[shade + 1] == "▒"  # when it ended is open


def test_what_is_too_much_is_not_drawn() -> None:
    made, timeline = drawn("s2_violating")
    more = [replace(made.findings[0], subject=f"BTY-{n}") for n in range(ASSETS + 1)]
    assert "There is too much" in lines_of(replace(made, findings=more), timeline)[0]
    many = [replace(made.findings[0]) for _ in range(MARKS)]
    told = " ".join(lines_of(replace(made, findings=many), timeline))
    assert "too much" in told
    assert "--output html:FILE" in told
    assert "not held" in lines_of(made, None)[0]
    assert widest("\n".join(lines_of(replace(made, findings=many), timeline, 60))) <= 60


def test_names_cannot_steer_a_terminal() -> None:
    made, timeline = drawn("s2_violating")
    bad = "\x1b[31m\u202e\n::error::" + "x" * 50
    found = [replace(made.findings[0], subject=bad)]
    bars = [replace(one, subject=bad, name=bad) for one in timeline.intervals]
    page = render(
        replace(made, findings=found, assessments=[]), 80, timeline=replace(timeline, intervals=bars), drawn=True
    )
    shown = page[: page.index("Limits not kept")]
    assert all(line.isprintable() for line in shown.split("\n"))
    assert not any(line.lstrip().startswith("::") for line in shown.split("\n"))
    assert widest(shown) <= 80


def test_nothing_observed_and_an_instant() -> None:
    made, timeline = drawn("s2_violating")
    empty = replace(made, observed=replace(made.observed, from_=None, until=None), findings=[])
    assert lines_of(empty, timeline) == ["  Nothing was observed."]
    at = replace(made, observed=replace(made.observed, until=made.observed.from_), findings=[])
    assert widest("\n".join(lines_of(at, replace(timeline, intervals=[], gaps=[])))) <= 100


# ---- terminals ----

ASKED = ["check", "fixtures/logs/s4_incomplete_log.jsonl", "--position", "intermediate", "--only", "R-03", "--timeline"]


def on_terminal(columns: int, encoding: str) -> str:
    """What a terminal of that width and encoding is sent."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ, "COLUMNS": str(columns), "PYTHONIOENCODING": encoding, "NO_COLOR": "1", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "checker", *ASKED], cwd=ROOT, stdout=theirs, stderr=subprocess.DEVNULL, env=environment
    ) as running:
        os.close(theirs)
        told = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            told += more
        os.close(ours)
        assert running.wait(30) == 3
    return told.decode().replace("\r\n", "\n")


def test_a_terminal_gets_lines_of_its_width_and_signs_that_it_can_show() -> None:
    narrow = on_terminal(64, "utf-8")
    assert widest(narrow) <= 64
    assert "▒" in narrow
    plain = on_terminal(64, "latin-1")
    assert plain.isascii()
    assert plain == as_ascii(narrow)
    assert len(set(as_ascii(SIGNS))) == len(SIGNS) - 1  # a line and a dash are both `-`


def test_only_text_has_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert checker.cli.run([*ASKED, "--format", "json"]) == 2
    assert "--timeline is for text" in capfd.readouterr().err
