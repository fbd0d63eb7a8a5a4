"""The HTML page: everything of the report is on it, nothing of a log is more than text, and the same bytes each time."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from checker.charting import chart
from checker.legible import legible
from checker.render import DRAWN, FORMATS, Page, html
from checker.report import Report, Timeline
from checker.route import judged_files
from checker.rulebook import load_rulebook
from checker.telling import report as report_of

ROOT = Path(__file__).resolve().parents[2]
LOGS = ("s1_compliant", "s2_violating", "s4_incomplete_log", "exceptions", "waivers", "networks", "log_integrity")

HOSTILE = (
    "\"'></title></style></script><script>window.owned=1</script><img src=x onerror=window.owned=1>"
    "<svg onload=window.owned=1><a href=javascript:window.owned=1>&lt;b&gt;&amp;{{7*7}}{% raw %}"
    "\x00\x1b[31m\r\n::error::x\t=cmd|' /C calc'!A0 \u202e\u2066\u200b\ud800\ufeff<!-- ]]> -->"
)
_KEPT = {"verdict", "severity", "from_", "until", "state", "kind", "when", "sort", "time", "due", "at", "unit"}
"""Fields that hold no text of a log or rulebook."""


def made(name: str, position: str | None = None, *, all_findings: bool = False) -> tuple[Report, Timeline]:
    rulebook = load_rulebook(None, position=position)
    path = str(ROOT / f"fixtures/logs/{name}.jsonl")
    found = judged_files([path], rulebook.mapping, rulebook, every=all_findings)
    report = report_of(found, all_findings=all_findings)
    return report, chart(found, report)


def hostile(value: Any, name: str = "") -> Any:
    """The same, with every text that a log or rulebook gives followed by hostile signs."""
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: hostile(getattr(value, f.name), f.name) for f in fields(value)})
    if isinstance(value, str):
        return value if name in _KEPT else value + HOSTILE
    if isinstance(value, list):
        return [hostile(item, name) for item in value]
    if isinstance(value, tuple):
        return tuple(hostile(item, name) for item in value)
    if isinstance(value, dict):
        return {hostile(key): hostile(item) for key, item in value.items()}
    return value


class Text(HTMLParser):
    """The text of a page as a reader has it, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.classes: Counter[str] = Counter()
        self.feed(page)
        self.text = "".join(self.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "class":
                self.classes.update((value or "").split())

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def checked(page: str) -> Text:
    """What holds for every page: one script, one style, both by their digests; no handler, no way out."""
    read = Text(page)
    assert read.elements["script"] == read.elements["style"] == 1
    assert not set(read.elements) & {"img", "iframe", "object", "embed", "base", "foreignobject", "audio", "video"}
    for tag, name, value in read.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in ("style", "src", "action", "srcdoc"), (tag, name)
        if name in ("href", "xlink:href"):
            assert value.startswith("#") or value == "data:,", value
    policy = next(value for tag, name, value in read.attributes if tag == "meta" and "default-src" in value)
    for tag in ("script", "style"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content.group(1).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    return read


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("position", [None, "intermediate"])
def test_everything_of_the_report_is_on_the_page(name: str, position: str | None) -> None:
    report, timeline = made(name, position)
    page = html.render(report, timeline)
    read = checked(page)
    assert read.classes["f"] == len(report.findings)
    assert read.classes["rj"] == len(report.rejected)
    for finding in report.findings:
        norm = next(c.text for c in report.constraints if c.id == finding.constraint)
        for told in (finding.id, finding.message.removeprefix(norm).strip(), finding.evidence or "", norm):
            assert legible(told) in read.text
        for at, witness in enumerate(finding.witnesses):
            if at < 8:
                assert f"{witness.log}:{witness.line}" in read.text
                assert legible(timeline.records[witness.log, witness.line]) in read.text
    for reject in report.rejected:
        assert f"{reject.log}:{reject.line}" in read.text
        assert legible(reject.reason) in read.text
    for one in report.assessments:
        assert one.text in read.text
    for waiver in report.waivers:
        assert waiver.id in read.text or not waiver.witnesses
    for log in report.logs:
        assert read.text.count(log.digest) >= 1
    for notice in report.notices:
        assert legible(notice) in read.text
    for parameter, value in report.rulebook.parameters.items():
        assert parameter in read.text
        assert value in read.text
    places = [value for _, key, value in read.attributes if key == "id"]
    assert len(places) == len(set(places))
    leading = [value[1:] for tag, key, value in read.attributes if key == "href" and value.startswith("#")]
    assert set(leading) <= set(places)


def test_witnesses_beyond_the_first_are_named_by_line() -> None:
    report, timeline = made("s2_violating")
    finding = report.findings[0]
    many = [replace(finding.witnesses[0], line=1000 + at) for at in range(30)]
    read = Text(html.render(replace(report, findings=[replace(finding, witnesses=many)], assessments=[]), timeline))
    for witness in many:
        assert re.search(rf"\b{witness.line}\b", read.text)


@pytest.mark.parametrize("name", LOGS)
def test_hostile_texts_are_only_text(name: str) -> None:
    report, timeline = made(name, "intermediate")
    named = {(log + HOSTILE, line): text + HOSTILE for (log, line), text in timeline.records.items()}
    evil = hostile(report)
    drawn = replace(
        timeline,
        intervals=[hostile(one) for one in timeline.intervals],
        gaps=[hostile(one) for one in timeline.gaps],
    )
    page = html.render(evil, replace(drawn, records=named))
    checked(page)
    page.encode()  # no lone surrogate is left
    shown = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    for sign in "\x00\x1b\r\t\u202e\u2066\u200b\ufeff":
        assert sign not in shown
    assert "<script>window" not in page
    assert "{{7*7}}" in shown


def hostile_log(folder: Path) -> Path:
    """A log that carries hostile signs in every field, in unreadable lines, and in its name."""
    evil = HOSTILE.replace("\ud800", "").replace("\x00", "")  # either makes a record unreadable, as below
    fields = {
        "subject": f"BTY-A{evil}", "source": f"HOST{evil}", "id": f"1{evil}", "seq": 1,
        "data": {"affiliation": "SUPPLIER_STATE", "person": evil, "site": evil, evil: evil, "formula": "=1+1"},
        evil: [evil, {evil: evil}],
    }  # fmt: skip
    records = [
        {"time": "2031-05-01T08:00:00Z", "type": "PERSON_ENTERED", **fields},
        {"time": "2031-05-01T08:00:00Z", "type": evil, **fields, "id": "2", "seq": 5},
        {"time": "2031-05-01T09:00:00Z", "type": "KEY_LOADED", **fields, "id": "3", "seq": 9,
         "data": {"key_class": "ALLIANCE_ID", "device": evil, "formula": "=1+1"}},
        {"time": "2031-05-01T10:00:00Z", "type": "RADAR_ON", **fields, "id": "4", "seq": 10, "data": {"auth": evil, "formula": "=1+1"}},
        {"time": evil, "type": "RADAR_OFF"},
    ]  # fmt: skip
    records.append({"time": "2031-05-01T11:00:00Z", "type": f"\x00{evil}"})
    lines = [json.dumps(record) for record in records]
    lines += [f"<script>window.owned=1</script>{evil}".replace("\n", "").replace("\r", ""), '{"type": "\\ud800"}']
    path = folder / "a 'b' <img src=x onerror=window.owned=1> & =cmd.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("backend", ["reference", "columnar"])
def test_a_hostile_log_is_only_text(tmp_path: Path, backend: str) -> None:
    rulebook = load_rulebook(None)
    found = judged_files([str(hostile_log(tmp_path))], rulebook.mapping, rulebook, every=False, backend=backend)
    report = report_of(found)
    assert len(report.findings) > 5
    assert len(report.rejected) >= 3
    timeline = chart(found, report)
    read = checked(html.render(report, timeline))
    assert read.classes["rj"] == len(report.rejected)
    assert legible('"formula": "=1+1"') in read.text
    assert timeline.held == (backend == "reference")


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    log = str(ROOT / "fixtures/logs/s4_incomplete_log.jsonl")
    pages = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        out = tmp_path / f"{seed}.html"
        done = subprocess.run(
            [sys.executable, "-m", "checker", "check", log, "--output", f"html:{out}"], cwd=ROOT, check=False,
            capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
        )  # fmt: skip
        assert done.returncode == 1
        pages.append(out.read_bytes())
    assert pages[0] == pages[1]
    assert len(pages[0]) < 300_000


def test_a_small_log_has_a_small_page() -> None:
    report, timeline = made("s2_violating")
    assert len(html.render(report, timeline).encode()) < 110_000


def test_ten_thousand_findings_fit() -> None:
    report, timeline = made("s2_violating")
    pattern = next(f for f in report.findings if f.constraint == "N-02")
    findings = []
    for at in range(10_000):
        one = deepcopy(pattern)
        one.id, one.subject = f"N-02-{at:010x}", f"BTY-{at % 1000:04}"
        findings.append(one)
    page = html.render(replace(report, findings=findings, assessments=[]), timeline)
    assert len(page.encode()) < 10_000_000
    read = Text(page)
    assert read.classes["f"] == 10_000
    assert read.classes["row"] >= 1_000


def test_without_a_timeline_findings_are_drawn_and_it_says_so() -> None:
    report, _ = made("s2_violating")
    read = checked(FORMATS["html"](report, Page()))
    assert "The log was not held as a whole" in read.text
    assert read.classes["row"] >= 3
    assert "Some records are named by file and line only" in read.text
    assert "html" in DRAWN


def test_an_empty_log_shows_nothing() -> None:
    rulebook = load_rulebook(None)
    from checker.pipeline import run

    found = run([], rulebook)
    report = report_of(found)
    read = checked(html.render(report, chart(found, report)))
    assert "An empty log shows nothing." in read.text
    assert read.classes["row"] == 0


def test_two_findings_of_one_id_have_a_place_each() -> None:
    report, timeline = made("s2_violating")
    twice = replace(report, findings=[report.findings[0], report.findings[0]], assessments=[])
    read = checked(html.render(twice, timeline))
    places = [value for _, name, value in read.attributes if name == "id" and value.startswith("f-")]
    assert len(places) == len(set(places)) == 2


def test_wording_claims_no_more_than_the_logs_show() -> None:
    report, timeline = made("s1_compliant")
    read = Text(html.render(report, timeline))
    assert "It speaks of the supplied logs only, which cover " in read.text
    assert "To be made by the named authority, never by the program." in read.text
    for page in LOGS:
        words = Text(html.render(*made(page))).text.lower()
        assert not re.search(r"\b(guilt|guilty|culpable|complied|compliant)\b", words.replace("s1_compliant", ""))


def test_satisfied_findings_are_shown_with_their_margin() -> None:
    report, timeline = made("s2_violating", all_findings=True)
    read = checked(html.render(report, timeline))
    assert read.classes["f"] == len(report.findings) > 50
    assert "margin 2 h 45 min" in read.text
