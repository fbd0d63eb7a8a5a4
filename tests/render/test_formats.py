"""Report formats on shipped logs: valid, shaped as their readers want them, nothing lost and nothing added."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from readers import commands, junit, oscal, page, rows, sarif, tokens
from small import check as small

from checker import check
from checker.render import FORMATS
from checker.render.csv import COLUMNS
from checker.report import Report
from checker.timeline import parse_instant

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
LOGS = {
    "s1": ("s1_compliant.jsonl", "crete-model"),
    "s2": ("s2_violating.jsonl", "intermediate"),
    "s4": ("s4_incomplete_log.jsonl", "intermediate"),
    "waivers": ("waivers.jsonl", "intermediate"),
}
KINDS = {"violated": "fail", "excused": "fail", "inconclusive": "open", "pending": "open", "satisfied": "pass"}


def shipped(name: str, only: tuple[str, ...] = (), all_findings: bool = False) -> Report:
    log, position = LOGS[name]
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        return check(f"fixtures/logs/{log}", position=position, only=list(only), all_findings=all_findings)
    finally:
        os.chdir(before)


@pytest.fixture(scope="module", params=LOGS)
def report(request: pytest.FixtureRequest) -> Report:
    return shipped(request.param)


GOLDEN_PAGES = {"sarif": "json", "junit": "xml", "github": "txt", "markdown": "md", "csv": "csv", "oscal": "json"}


@pytest.mark.parametrize("name", GOLDEN_PAGES)
def test_page_is_as_kept(name: str) -> None:
    made = shipped("s2", ("R-03", "C-05", "A-04", "V-06"))
    made.notices = [notice for notice in made.notices if "durable" not in notice]
    path = GOLDEN / f"s2_{name}.{GOLDEN_PAGES[name]}"
    printed = page(made, name).encode()
    if os.environ.get("UPDATE_DOCS"):
        path.write_bytes(printed)
    assert printed == path.read_bytes()


def test_sarif_has_a_result_for_each_finding(report: Report) -> None:
    run = sarif(report)
    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == [constraint.id for constraint in report.constraints]
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in driver["rules"])
    assert len(run["results"]) == len(report.findings)
    for finding, result in zip(report.findings, run["results"], strict=True):
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding.constraint
        assert result["kind"] == KINDS[finding.verdict]
        assert (result["level"] == "none") == (result["kind"] != "fail")
        assert ("suppressions" in result) == (finding.verdict == "excused")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == report.logs[0].name
        assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        assert place["region"]["startLine"] >= 1
    assert [a["hashes"]["sha-256"] for a in run["artifacts"]] == [log.digest[7:] for log in report.logs]
    assert not [n for n in run["invocations"][0]["toolExecutionNotifications"] if n["level"] == "warning"]


def test_sarif_says_what_is_excused_only_provisionally() -> None:
    run = sarif(shipped("waivers"))
    told = Counter(s["status"] for result in run["results"] for s in result.get("suppressions", ()))
    provisional = sum(finding.provisional for finding in shipped("waivers").findings)
    assert told["underReview"] == provisional > 0
    assert told["accepted"] > 0


def test_fingerprints_follow_the_finding_not_its_line(tmp_path: Path) -> None:
    lines = (ROOT / "fixtures/logs/s2_violating.jsonl").read_text().splitlines()
    whole = sarif(shipped("s2"))
    path = tmp_path / "moved.jsonl"
    path.write_text("\n".join([*lines[30:], *lines[:30]]) + "\n")
    moved = sarif(check(path, position="intermediate"))
    prints = [[result["partialFingerprints"] for result in run["results"]] for run in (whole, moved)]
    assert prints[0] == prints[1]
    assert len({p["primaryLocationLineHash"] for p in prints[0]}) == len(prints[0])
    at = [[result["locations"][0]["physicalLocation"]["region"] for result in run["results"]] for run in (whole, moved)]
    assert at[0] != at[1]


def test_every_constraint_is_a_test_case(report: Report) -> None:
    root = junit(report)
    cases = root.findall(".//testcase")
    assert {case.get("classname") for case in cases} - {"logs"} == {constraint.id for constraint in report.constraints}
    pairs = {(finding.constraint, finding.subject) for finding in report.findings}
    untold = {constraint.id for constraint in report.constraints} - {constraint for constraint, _ in pairs}
    assert len(cases) == len(pairs) + len(untold) + (not report.complete)
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
    failed = {case.get("classname") for case in cases if case.find("failure") is not None}
    assert failed == {finding.constraint for finding in report.findings if finding.verdict == "violated"}
    errors = [case for case in cases if case.find("error") is not None]
    assert bool(errors) == any(f.verdict == "inconclusive" for f in report.findings)
    for suite in root.findall("testsuite"):
        for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert len(suite.findall(f"testcase/{kind}")) == int(suite.get(attribute))
        assert len(suite.findall("testcase")) == int(suite.get("tests"))
    for attribute in ("tests", "failures", "errors"):
        assert int(root.get(attribute)) == sum(int(suite.get(attribute)) for suite in root.findall("testsuite"))


def test_junit_passes_what_is_kept_and_no_more() -> None:
    verdicts = {c.id: c.verdict for c in shipped("waivers").constraints}
    for case in junit(shipped("waivers")).findall(".//testcase"):
        if not case.findall("failure") and not case.findall("error") and not case.findall("skipped"):
            name = case.get("classname")
            assert verdicts[name] in ("satisfied", "excused") or "excused" in case.findtext("system-out")


@pytest.mark.parametrize(("provisional", "kind"), [(True, "skipped"), (False, "system-out")])
def test_junit_skips_what_is_excused_only_provisionally(provisional: bool, kind: str) -> None:
    made = shipped("waivers")
    name = next(c.id for c in made.constraints if c.verdict == "excused")
    made.findings = [finding for finding in made.findings if finding.constraint == name]
    for finding in made.findings:
        finding.provisional = provisional
    cases = junit(made).findall(f".//testcase[@classname='{name}']")
    assert cases
    assert all([child.tag for child in case] == [kind] for case in cases)


def test_annotations_stand_on_the_line_of_their_record(report: Report) -> None:
    made = commands(page(report, "github"))
    by_level = Counter(command.name for command in made)
    assert set(by_level) <= {"error", "warning", "notice"}
    assert max(by_level.values(), default=0) <= 10
    ids = {finding.id: finding for finding in report.findings}
    told = [command for command in made if command.data.rpartition("[")[2].rstrip("]") in ids]
    assert len(told) == len(made) - (len(told) < len(report.findings))
    for command in told:
        finding = ids[command.data.rpartition("[")[2].rstrip("]")]
        assert command.properties["file"] == report.logs[0].name
        lines = {str(witness.line) for witness in finding.witnesses} or {"1"}
        assert command.properties["line"] in lines
        assert command.properties["title"].startswith(finding.constraint)
        assert (command.name == "error") == (finding.verdict == "violated" and finding.severity != "minor")
    if len(told) < len(report.findings):
        left = f"{len(report.findings) - len(told)} of {len(report.findings)} have no annotation"
        assert left in made[-1].data


def test_annotations_begin_with_what_is_severest() -> None:
    told = [command for command in commands(page(shipped("s2"), "github")) if command.name == "error"]
    critical = ["critical" in command.properties["title"] for command in told]
    assert critical == sorted(critical, reverse=True)
    assert all(critical[: sum(f.severity == "critical" for f in shipped("s2").findings if f.verdict == "violated")])


def test_markdown_tells_verdict_counts_norms_and_facts(report: Report) -> None:
    text = "".join(token.content for token in tokens(report) if token.type == "text")
    assert report.verdict.capitalize() in text
    for finding in report.findings:
        assert finding.id in text or "are not shown" in text
    norms = {c.id: c.text for c in report.constraints}
    assert all(norms[f.constraint].replace("`", "") in text.replace("`", "") for f in report.findings[:5])
    assert len(page(report, "markdown")) < 65_536


def test_csv_has_a_row_for_each_finding(report: Report) -> None:
    told = rows(report)
    assert [row["id"] for row in told] == [finding.id for finding in report.findings]
    for row, finding in zip(told, report.findings, strict=True):
        assert (row["verdict"], row["from"], row["until"]) == (finding.verdict, finding.from_, finding.until)
        for name, value in (("measured_low", finding.measured.low), ("margin_high", finding.margin.high)):
            assert (float(row[name]) if row[name] else None) == value
    assert page(report, "csv").count("\r\n") == len(report.findings) + 1


def test_oscal_tells_each_constraint_and_finding(report: Report) -> None:
    results = oscal(report)
    (result,) = results["results"]
    activated = [constraint for constraint in report.constraints if constraint.verdict != "not_applicable"]
    states = {"satisfied": "satisfied", "excused": "satisfied"}
    assert [finding["target"]["status"]["state"] for finding in result.get("findings", [])] == [
        states.get(constraint.verdict, "not-satisfied") for constraint in activated
    ]
    for finding, constraint in zip(result.get("findings", []), activated, strict=True):
        assert {"name": "verdict", "value": constraint.verdict, "ns": "urn:limited-use-checker:oscal"} in finding[
            "props"
        ]
        conclusive = constraint.verdict in ("satisfied", "violated")
        assert (finding["target"]["status"]["reason"] in ("pass", "fail")) == conclusive
    observations = [o for o in result.get("observations", []) if o["types"] == ["finding"]]
    assert [o["props"][0]["value"] for o in observations] == [finding.id for finding in report.findings]
    named = [one["uuid"] for one in _objects(results) if "uuid" in one]
    assert len(set(named)) == len(named)
    referred = [v for one in _objects(results) for k, v in one.items() if k.endswith("-uuid")]
    referred += [one["href"][1:] for one in _objects(results) if one.get("href", "").startswith("#")]
    assert set(referred) <= set(named)
    for date in (results["metadata"]["last-modified"], result["start"], result["end"]):
        parse_instant(date)


def _objects(value: object) -> list[dict[str, str]]:
    if isinstance(value, dict):
        return [value, *(one for inner in value.values() for one in _objects(inner))]
    return [one for inner in value for one in _objects(inner)] if isinstance(value, list) else []


def test_the_models_of_trestle_take_it(report: Report) -> None:
    models = pytest.importorskip("trestle.oscal.assessment_results")
    models.AssessmentResults(**oscal(report))


def test_satisfied_findings_are_passes() -> None:
    made = shipped("s2", ("R-03",), all_findings=True)
    assert Counter(result["kind"] for result in sarif(made)["results"]) == {"fail": 1, "pass": 2}
    assert [row["verdict"] for row in rows(made)].count("satisfied") == 2
    assert [command.name for command in commands(page(made, "github"))] == ["error"]
    assert "satisfied" in json.dumps(oscal(made)["results"][0]["observations"])


def test_no_violation_is_told_of_the_logs_only() -> None:
    made = shipped("s2", ("R-04",))
    sentence = "No violation found in the supplied logs, which cover 2031-04-30T00:00:00Z to 2031-05-12T22:00:00Z."
    assert sarif(made)["properties"]["summary"] == sentence
    assert oscal(made)["results"][0]["description"].startswith(sentence)
    for name in ("github", "markdown", "junit"):
        assert sentence in page(made, name)


def test_an_empty_log_shows_nothing_and_passes_nothing() -> None:
    made = small({"constraint": {"kind": "never", "event": "OFF"}, "events": {"OFF": {}}}, [])
    assert made.verdict == "inconclusive"
    assert sarif(made)["properties"]["verdict"] == "inconclusive"
    assert int(junit(made).get("errors")) == 1
    assert "Nothing can be concluded" in page(made, "github")
    assert "An empty log shows nothing" in page(made, "markdown")
    assert rows(made) == []
    oscal(made)


def test_unreadable_records_are_told(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text((ROOT / "fixtures/logs/s1_compliant.jsonl").read_text() + "{oops\n")
    made = check(path, position="crete-model")
    assert len(made.rejected) == 1
    notes = sarif(made)["invocations"][0]["toolExecutionNotifications"]
    line = made.rejected[0].line
    assert line in [n["locations"][0]["physicalLocation"]["region"]["startLine"] for n in notes if "locations" in n]
    assert junit(made).find(".//testcase[@classname='logs']/error") is not None
    assert str(line) in [command.properties.get("line") for command in commands(page(made, "github"))]
    assert "Records that could not be read" in page(made, "markdown")
    assert "could not be read" in json.dumps(oscal(made))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("logs/a.jsonl", "logs/a.jsonl"),
        ("./logs//a b#1.jsonl", "logs/a%20b%231.jsonl"),
        ("logs/x:y%z?.jsonl", "logs/x%3Ay%25z%3F.jsonl"),
        ("../up/a.jsonl", "../up/a.jsonl"),
        ("/abs/ä.jsonl", "file:///abs/%C3%A4.jsonl"),
        ("a\udcff.jsonl", "a%FF.jsonl"),
        ("-", "-"),
    ],
)
def test_names_of_logs_are_uris(given: str, expected: str) -> None:
    made = shipped("s2", ("R-03",))
    for one in (made.logs[0], *(w for f in made.findings for w in f.witnesses)):
        if hasattr(one, "name"):
            one.name = given
        else:
            one.log = given
    places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in sarif(made)["results"]}
    assert places == {expected}
    base = sarif(made)["artifacts"][0]["location"].get("uriBaseId")
    assert (base is None) == (given.startswith(("/", "..")))
    assert oscal(made)["back-matter"]["resources"][1]["rlinks"][0]["href"] == expected


def test_every_format_has_the_same_bytes_everywhere(tmp_path: Path) -> None:
    made = []
    for number, env in enumerate((
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/Lima", "LC_ALL": "C.UTF-8", "GITHUB_ACTIONS": "true", "COLUMNS": "60"},
    )):  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        outputs = [part for name in FORMATS for part in ("--output", f"{name}:{folder / name}")]
        done = subprocess.run(
            [sys.executable, "-m", "checker", "check", "fixtures/logs/waivers.jsonl", "--format", "csv", *outputs],
            cwd=ROOT, env={**os.environ, **env}, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert done.stdout == (folder / "csv").read_bytes()
        assert {path.name for path in folder.iterdir()} == set(FORMATS)
        made.append({name: (folder / name).read_bytes() for name in FORMATS})
    assert made[0] == made[1]
    assert all(made[0].values())


def test_help_and_readme_name_every_format() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "checker", "check", "--help"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    readme = (ROOT / "README.md").read_text()
    for name in FORMATS:
        assert name in done.stdout
        assert f"| `{name}` |" in readme
    assert all(f"`{column}`" in readme for column in COLUMNS)


def test_formats_are_imported_only_when_asked_for() -> None:
    code = "import sys, checker.render; print(*[m for m in sys.modules if m.startswith('checker.render.')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == []
