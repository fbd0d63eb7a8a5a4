"""Texts of logs and rulebooks that try to become something else: in every format they stay text."""

import json
import re
from collections.abc import Iterator
from copy import copy, deepcopy
from typing import Any

import pytest
from readers import commands, junit, oscal, page, rows, sarif, tokens
from test_formats import shipped

from checker.legible import legible
from checker.render import FORMATS
from checker.render.junit import MOST_FINDINGS
from checker.render.sarif import MOST
from checker.report import Report

PAYLOADS = {
    "terminal": "\x1b[31m\x1b]0;title\x07\b\x9b2J",
    "direction": "\u202e\u2066\u200f\ufeff",
    "lines": "\n::error::forged\r\n::set-output name=x::y\u2028::warning::z\x85::debug::d\v\f",
    "command": "::error file=a,line=1::forged",
    "old command": "##[error]forged ##[set-env name=PATH]x",
    "encoded": "%0A::warning::forged%0D%25,title=x:y",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;<!--",
    "table": "| a | b |\n|---|---|\n| c | d |",
    "links": "[click](javascript:alert(1)) ![i](http://evil.example/x.png) https://evil.example www.evil.example <http://e.example>",
    "mentions": "@octocat and #12 GH-12 a@b.example",
    "marks": "`code` **bold** _em_ ~~gone~~ $x$ # head\n- list\n1. one\n> quote\n---\n    pre\n```\nfence",
    "sarif": "[one](1) {0} {{1}} \\[x] [two](http://evil.example)",
    "xml": "]]><![CDATA[<a/>]]> &amp; &#0; \"quoted\" 'too' <?php ?>",
    "illegal": "\x00\x01\ufffe\uffff\ud800\udfff",
    "equals": "=cmd|' /C calc'!A0",
    "plus": "+1+1",
    "minus": "-2+3+cmd",
    "at": "@SUM(1+1)",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "wide": "＝1+1",
    "path": "../../etc/a b?c#d%20",
    "long": "x" * 3_000,
    "empty": " ",
}

_VOCABULARY = {
    "verdict", "severity", "kind", "unit", "state", "when", "sort", "reason_of", "digest", "from_", "until", "time", "due",
    "at", "as_of", "role", "granted", "expires", "version", "report_version",
}  # fmt: skip
"""What the program itself writes; everything else comes from a log or a rulebook."""


def hostile(report: Report, payload: str) -> Report:
    """The report with the payload before and after every text that could come from outside."""

    def change(value: Any, name: str = "") -> Any:
        if hasattr(value, "__dataclass_fields__"):
            if type(value).__name__ in ("ToolOf",):
                return value
            for field in value.__dataclass_fields__:
                if field not in _VOCABULARY:
                    setattr(value, field, change(getattr(value, field), field))
            return value
        if isinstance(value, list):
            return [change(item, name) for item in value]
        if isinstance(value, dict):
            return {change(key): change(item) for key, item in value.items()}
        return f"{payload}{value}{payload}" if isinstance(value, str) else value

    made: Report = change(deepcopy(report))
    texts = {constraint.id: constraint.text for constraint in made.constraints}
    for finding in made.findings:  # still the norm first
        finding.message = texts[finding.constraint] + " " + finding.message
    return made


@pytest.fixture(scope="module")
def benign() -> Report:
    report = shipped("waivers", ("C-03", "R-03", "R-05", "R-06", "A-04", "V-06", "V-01"))
    assert {finding.verdict for finding in report.findings} == {"violated", "inconclusive", "pending", "excused"}
    assert report.assessments
    report.findings[0].subject = None
    report.findings[1].key = {"name": "value"}
    return report


@pytest.fixture(scope="module", params=PAYLOADS)
def report(request: pytest.FixtureRequest, benign: Report) -> Report:
    return hostile(benign, PAYLOADS[request.param])


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_but_what_is_printed(report: Report, name: str) -> None:
    told = page(report, name)
    told.encode()
    ends = "\r\n" if name == "csv" else "\n"
    assert not {char for char in told if not char.isprintable()} - set(ends)
    assert "\r" not in told.replace("\r\n", "") if name == "csv" else True


@pytest.mark.parametrize("name", ["text", "github", "markdown", "csv", "junit", "json", "sarif", "oscal"])
def test_no_line_becomes_a_command_of_the_runner(report: Report, benign: Report, name: str) -> None:
    """A page may be printed in a job: only `github` has commands, as many as with harmless texts."""
    if name in ("text", "github"):
        found = [command.name for command in commands(page(report, name))]
        assert found == [command.name for command in commands(page(benign, name))]
    assert not [c for c in commands(page(report, name)) if c.name not in ("error", "warning", "notice")]


def test_annotations_say_what_the_texts_say(report: Report) -> None:
    title = legible(report.constraints[0].title)
    for told in commands(page(report, "github")):
        if "Not everything" not in told.properties["title"]:
            payload = title.partition("Single-emission")[0]
            assert told.data.startswith(payload)
            assert payload in told.properties["title"]


def test_annotations_keep_their_place(report: Report, benign: Report) -> None:
    for told, plain in zip(commands(page(report, "github")), commands(page(benign, "github")), strict=True):
        assert list(told.properties) == list(plain.properties)
        assert told.properties.get("line") == plain.properties.get("line")


def test_sarif_stays_valid_and_has_no_links(report: Report, benign: Report) -> None:
    run = sarif(report)
    assert len(run["results"]) == len(benign.findings)
    assert all(text.replace("\n\n*Group:", "").isprintable() for text in _texts(run))
    for message in _messages(run):
        assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", message)
        assert not re.search(r"(?<!\{)(\{\{)*\{\d", message)
    for where in _uris(run):
        assert re.fullmatch(r"[A-Za-z0-9._~/%:\-]*", where), where


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _messages(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            yield from _messages(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _messages(inner)


def _uris(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (inner for name, inner in value.items() if name == "uri")
        for inner in value.values():
            yield from _uris(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _uris(inner)


def test_junit_stays_valid(report: Report, benign: Report) -> None:
    told, plain = junit(report), junit(benign)
    assert [node.tag for node in told.iter()] == [node.tag for node in plain.iter()]
    assert told.get("failures") == plain.get("failures")


def test_oscal_stays_valid(report: Report, benign: Report) -> None:
    assert all(text.isprintable() for text in _texts(oscal(report)))
    result = oscal(report)["results"][0]
    assert len(result["observations"]) == len(benign.findings) + len(benign.assessments)
    assert len(result["local-definitions"]["inventory-items"]) == len({f.subject for f in benign.findings} - {None})


def test_csv_computes_nothing(report: Report, benign: Report) -> None:
    told = rows(report)
    assert len(told) == len(benign.findings)
    for row in told:
        for cell in row.values():
            assert not cell.lstrip().startswith(("=", "@", "＝", "＋", "－", "＠")), cell
            assert not cell.lstrip().startswith(("+", "-")) or re.fullmatch(r"[+-]?\d+(\.\d+)?", cell), cell


def test_markdown_has_no_more_marks_than_with_harmless_texts(report: Report, benign: Report) -> None:
    if PAYLOADS["long"] in report.rulebook.title:
        pytest.skip("it is cut there; see the test of large reports")
    kinds = [token.type for token in tokens(report) if token.type not in ("text", "html_inline")]
    plain = [token.type for token in tokens(benign) if token.type not in ("text", "html_inline")]
    assert kinds[: kinds.index("table_open")] == plain[: plain.index("table_open")]
    assert not {
        "link_open",
        "image",
        "s_open",
        "em_open",
        "code_inline",
        "fence",
        "code_block",
        "html_block",
        "hr",
    } & set(kinds)
    assert kinds.count("table_open") == plain.count("table_open")
    assert _occasions(report) == _occasions(benign)
    html = {token.content for token in tokens(report) if token.type == "html_inline"}
    assert html <= {"<span>", "</span>"}
    told = "".join(token.content for token in tokens(report) if token.type == "text")
    assert not re.search(r"[@#]\w|\w://|www\.", told)


def _occasions(report: Report) -> list[str]:
    """The last cells of the table of constraints: a sign for a cell in a title would push them out."""
    found = tokens(report)
    cells = [found[at + 1].content for at, token in enumerate(found) if token.type == "td_open"]
    return [
        cell for cell in cells if re.fullmatch(r"(\d+ (violated|inconclusive|pending|excused|satisfied)(, )?)+", cell)
    ]


def test_cells_of_spreadsheets_keep_numbers_and_plain_texts() -> None:
    told = rows(shipped("s2", ("R-03",)))[0]
    assert told["margin_low"] == "-900"
    assert told["subject"] == "BTY-A"


def test_large_reports_are_cut_where_readers_cut_them_and_say_so() -> None:
    made = shipped("s2")
    pattern = [finding for finding in made.findings if finding.constraint in ("R-06", "R-03", "A-04")]
    made.findings = []
    for number in range(6_000):
        finding = copy(pattern[number % 3])
        finding.id = f"{finding.constraint}-{number:010x}"
        made.findings.append(finding)
    (run,) = json.loads(page(made, "sarif"))["runs"]
    assert len(run["results"]) == MOST == 5_000
    assert [r["partialFingerprints"]["findingId/v1"] for r in run["results"]] == [
        f.id for n, f in enumerate(made.findings) if f.verdict == "violated" or n < 3_000
    ]
    assert (
        "5,000 of 6,000 findings are listed"
        in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    )
    assert len(commands(page(made, "github"))) == 21  # 10 errors, 10 warnings of minor breaches, 1 notice
    markdown = page(made, "markdown")
    assert len(markdown) < 65_536
    assert "of 6,000 findings are not shown: the report has all" in markdown
    assert len(rows(made)) == 6_000
    assert f"and {2_000 - MOST_FINDINGS:,} more findings" in page(made, "junit")
    assert len(json.loads(page(made, "oscal"))["assessment-results"]["results"][0]["observations"]) == 6_000 + len(
        made.assessments
    )
