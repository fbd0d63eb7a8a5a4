"""The command line as its users meet it: what is printed where, and with which status it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "fixtures/rulebooks/small.yaml"

ON = '{"time": "2031-05-04T08:00:00Z", "type": "RADAR_ON", "subject": "A", "data": {"notice": "N1"}}\n'
OFF = '{"time": "2031-05-04T09:00:00Z", "type": "RADAR_OFF", "subject": "A"}\n'
LATE_OFF = OFF.replace("09:00", "09:15")
NOTICE = '{"time": "2031-05-01T08:00:00Z", "type": "ACTIVATION_NOTIFIED", "subject": "A", "data": {"notice": "N1"}}\n'
LINK = (
    '{"time": "2031-05-04T10:00:00Z", "type": "LINK_CONNECTED", "subject": "A", "data": {"peer_network": "PNET-01"}}\n'
)


def run(*arguments: object, cwd: Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "checker", *map(str, arguments)],
        check=False, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def log(tmp_path: Path, *lines: str, name: str = "log.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(lines))
    return path


@pytest.mark.parametrize(
    ("lines", "options", "status"),
    [
        ((NOTICE, ON, OFF), (), 0),
        ((NOTICE, ON, LATE_OFF), (), 1),
        ((NOTICE, ON, LATE_OFF), ("--position", "loose"), 0),
        ((NOTICE, ON, LATE_OFF), ("--set", "emission_limit=75 min"), 0),
        ((NOTICE, ON, LATE_OFF), ("--only", "t-2"), 0),
        ((NOTICE, ON, LATE_OFF), ("--only", "emission"), 1),
        ((NOTICE, ON, LATE_OFF), ("--only", "networks"), 0),
        ((NOTICE, ON, OFF, LINK), ("--only", "T-3"), 1),
        ((ON, LATE_OFF), ("--only", "T-2", "--fail-on", "major"), 0),
        ((NOTICE, ON, LATE_OFF), ("--fail-on", "critical"), 0),
        ((NOTICE, ON, LATE_OFF, LINK), ("--fail-on", "critical"), 1),
        ((NOTICE, ON), (), 3),
        ((NOTICE, ON, "{not json}\n", OFF), (), 3),
        ((NOTICE, ON, "{not json}\n", LATE_OFF), (), 1),
        ((), (), 3),
        ((NOTICE, ON, LATE_OFF), ("--until", "2031-05-04T08:30:00Z"), 3),
        ((NOTICE, ON, LATE_OFF), ("--from", "2031-05-04T09:15:00Z"), 0),
        ((NOTICE,), ("--only", "T-9"), 2),
        ((NOTICE,), ("--position", "none"), 2),
        ((NOTICE,), ("--set", "emission_limit"), 2),
        ((NOTICE,), ("--set", "emision_limit=1 h"), 2),
        ((NOTICE,), ("--set", "emission_limit=1 hour"), 2),
        ((NOTICE,), ("--format", "jsn"), 2),
        ((NOTICE,), ("--output", "json"), 2),
        ((NOTICE,), ("--output", "json:missing/report.json"), 2),
        ((NOTICE,), ("--from", "2031-05-04"), 2),
        ((NOTICE,), ("--from", "2031-05-06T00:00:00Z", "--until", "2031-05-05T00:00:00Z"), 2),
        ((NOTICE,), ("--backend", "nonesuch"), 2),
        ((NOTICE,), ("--nonesuch",), 2),
    ],
)  # fmt: skip
def test_exit_status(tmp_path: Path, lines: tuple[str, ...], options: tuple[str, ...], status: int) -> None:
    done = run("check", log(tmp_path, *lines), "-r", SMALL, *options, cwd=tmp_path)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr
    if status == 2:
        assert done.stdout == ""
        assert done.stderr
    else:
        assert f"Exit status {status}:" in done.stdout.splitlines()[-1]


def test_missing_log_and_folder_are_refused(tmp_path: Path) -> None:
    for name in ("missing.jsonl", "."):
        done = run("check", name, "-r", SMALL, cwd=tmp_path)
        assert done.returncode == 2
        assert name in done.stderr


def test_text_states_norm_fact_magnitude_and_places(tmp_path: Path) -> None:
    done = run("check", log(tmp_path, NOTICE, ON, LATE_OFF), "-r", SMALL, cwd=tmp_path)
    out = done.stdout
    assert out.startswith("✗ VIOLATED\n")
    order = [
        out.index(text)
        for text in ("Each emission lasts no longer", "2031-05-04T09:00:00Z to 2031-05-04T09:15:00Z",
                     "It lasted 1 h 15 min, limit 1 h; over by 15 min.", "log.jsonl:2", "log.jsonl:3", "Findings: 1 violated")
    ]  # fmt: skip
    assert order == sorted(order)
    assert "\x1b" not in out


def test_unreadable_line_is_named_and_the_rest_judged(tmp_path: Path) -> None:
    path = log(tmp_path, NOTICE, ON, '{"time": "2031-05-04T08:10:00Z", "type": 5}\n', OFF)
    done = run("check", path, "-r", SMALL, "--format", "json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert done.returncode == 3
    assert report["verdict"] == "inconclusive"
    assert report["complete"] is False
    assert [(r["line"], "type" in r["reason"]) for r in report["rejected"]] == [(3, True)]
    assert {c["id"]: c["verdict"] for c in report["constraints"]}["T-1"] == "satisfied"
    assert {f["reason"] for f in report["findings"]} <= {"unreadable record"}


def test_outputs_are_written_whole_and_printed_too(tmp_path: Path) -> None:
    path = log(tmp_path, NOTICE, ON, LATE_OFF)
    done = run("check", path, "-r", SMALL, "--output", "json:report.json", "--output", "text:report.txt", cwd=tmp_path)
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "violated"
    assert done.stdout.startswith((tmp_path / "report.txt").read_text())
    assert {p.name for p in tmp_path.iterdir()} == {"log.jsonl", "report.json", "report.txt"}


def test_every_mistake_of_a_rulebook_is_told_at_once(tmp_path: Path) -> None:
    done = run("check", log(tmp_path, ON), "-r", ROOT / "fixtures/rulebooks/mistakes.yaml", cwd=tmp_path)
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    places = [line.removeprefix("error: ").split(": ")[0].rsplit("/", 1)[1] for line in errors]
    assert places == [
        f"mistakes.yaml:{line}:{column}"
        for line, column in [
            (6, 34), (9, 37), (10, 15), (16, 15), (19, 9), (20, 14), (21, 9), (27, 11), (30, 5), (36, 29), (38, 5),
            (39, 14), (49, 21), (51, 1),
        ]
    ]  # fmt: skip
    for hint in ("'text'", "'RADAR_OFF'", "'major'", "'emission'", "'60 min'", "'duration'", "'auth'", "'at_most'"):
        assert f"did you mean {hint}?" in done.stderr or f"write {hint}" in done.stderr
    assert "14 problems; nothing was checked" in done.stderr


def test_standard_input(tmp_path: Path) -> None:
    done = run("check", "-", "-r", SMALL, cwd=tmp_path, stdin=NOTICE + ON + LATE_OFF)
    assert done.returncode == 1
    assert "-:3" in done.stdout


def test_local_folder_is_the_default_rulebook(tmp_path: Path) -> None:
    (tmp_path / "constraints").mkdir()
    (tmp_path / "constraints/small.yaml").write_bytes(SMALL.read_bytes())
    done = run("check", log(tmp_path, NOTICE, ON, OFF), "--format", "json", cwd=tmp_path)
    assert json.loads(done.stdout)["rulebook"]["id"] == "small"


def test_builtin_rulebook_works_anywhere(tmp_path: Path) -> None:
    done = run("check", log(tmp_path, NOTICE, ON, OFF), "--format", "json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["rulebook"]["id"] == "s400-limited-use"
    assert report["rulebook"]["position"] == "turkish-limited-use"


def test_nothing_from_a_log_reaches_the_terminal_as_a_command(tmp_path: Path) -> None:
    evil = "\x1b[2J\u202eA\n::error::x"
    line = json.dumps({"time": "2031-05-04T10:00:00Z", "type": "LINK_CONNECTED", "subject": evil, "id": evil,
                       "data": {"peer_network": "PNET-01"}, "source": evil, "seq": 1})  # fmt: skip
    for form in ("text", "json"):
        done = run("check", log(tmp_path, line + "\n"), "-r", SMALL, "--format", form, cwd=tmp_path)
        assert done.returncode == 1
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout
        assert not any(row.startswith("::error") for row in done.stdout.splitlines())


def test_same_bytes_whatever_the_environment(tmp_path: Path) -> None:
    path = log(tmp_path, NOTICE, ON, LATE_OFF, LINK)
    outputs = {
        run("check", path, "-r", SMALL, "--format", "json", "--all", cwd=tmp_path, **env).stdout
        for env in (
            {"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"}, {"TZ": "Asia/Tokyo"}, {"LC_ALL": "C"}, {"LANG": "tr_TR.UTF-8"},
        )
    }  # fmt: skip
    assert len(outputs) == 1


def test_closed_pipe_is_no_violation(tmp_path: Path) -> None:
    many = "".join(ON.replace("08:00:00", f"08:{i // 60:02}:{i % 60:02}") for i in range(3000))
    path = log(tmp_path, many)
    process = subprocess.Popen(
        [sys.executable, "-m", "checker", "check", str(path), "-r", str(SMALL), "--format", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 141


def test_unknown_command_names_the_nearest(tmp_path: Path) -> None:
    done = run("chek", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'check'?" in done.stderr


def test_explain_tells_a_constraint_and_a_finding(tmp_path: Path) -> None:
    path = log(tmp_path, NOTICE, ON, LATE_OFF)
    done = run("explain", "T-1", path, "-r", SMALL, cwd=tmp_path)
    assert done.returncode == 0
    assert "It would have been kept with a RADAR_OFF at or before" in done.stdout
    assert "(15 min sooner)" in done.stdout
    assert "emission_limit = 60 min" in done.stdout
    report = json.loads(run("check", path, "-r", SMALL, "--format", "json", cwd=tmp_path).stdout)
    one = run("explain", report["findings"][0]["id"], path, "-r", SMALL, cwd=tmp_path)
    assert "It lasted 1 h 15 min" in one.stdout
    assert run("explain", "T-9", path, "-r", SMALL, cwd=tmp_path).returncode == 2
    assert run("explain", path, "T-1", "-r", SMALL, cwd=tmp_path).stdout == done.stdout


@pytest.mark.parametrize("what", ["rulebook", "report"])
def test_schemas_are_schemas(tmp_path: Path, what: str) -> None:
    import jsonschema

    done = run("schema", what, cwd=tmp_path)
    jsonschema.Draft202012Validator.check_schema(json.loads(done.stdout))


def test_profile(tmp_path: Path) -> None:
    path = log(tmp_path, NOTICE, ON, LATE_OFF, LINK)
    plain = run("check", path, "-r", SMALL, cwd=tmp_path)
    profiled = run("check", path, "-r", SMALL, "--profile", cwd=tmp_path)
    assert (profiled.returncode, profiled.stdout) == (plain.returncode, plain.stdout)
    assert plain.stderr == ""
    stages, constraints = profiled.stderr.split("\n\n")
    rows = [line.rsplit(None, 3) for line in stages.splitlines()[1:]]
    assert [name.strip() for name, *_ in rows] == [
        "start-up", "rulebook", "reading", "events and gaps", "waivers", "evaluation", "report", "assessments",
        "rendering", "all",
    ]  # fmt: skip
    times = [float(cpu) for _, _, cpu, _ in rows]
    assert sum(times[:-1]) == pytest.approx(times[-1], abs=0.01)
    head, *rows_of, note = constraints.splitlines()
    assert head.split() == ["Constraint", "wall", "s", "CPU", "s", "share"]
    assert sorted(line.split()[0] for line in rows_of) == ["T-1", "T-2", "T-3a"]
    assert "first to need it" in note


def test_profile_of_stages_inside_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from checker import profile as module

    clock = iter(range(100))
    monkeypatch.setattr(module, "_now", lambda: module.Spent(*2 * (float(next(clock)),)))
    profile = module.Profile()  # reads the clock once, each stage twice
    with profile.stage("outer"):
        with profile.stage("inner"):
            pass
        with profile.stage("inner"):
            pass
    assert profile.stages["outer"] == (3, 3)
    assert profile.stages["inner"] == (2, 2)
