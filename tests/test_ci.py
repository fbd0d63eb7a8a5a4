"""What others' CI takes from this repository: the hooks of pre-commit and the action of GitHub, run as they would be."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from checker.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
ACTION = yaml.safe_load((ROOT / ".github" / "actions" / "checker" / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
LOG = ROOT / "fixtures" / "logs" / "s2_violating.jsonl"


def hook(name):
    return next(one for one in HOOKS if one["id"] == name)


# ---- pre-commit ----


def test_hooks_call_commands_that_there_are():
    for one in HOOKS:
        program, command = one["entry"].split()
        assert (program, one["language"]) == ("checker", "python")
        assert command in COMMANDS
        assert one["id"] == f"checker-{command}"
    wanted = {"check", "test", "lint"} & set(COMMANDS)
    assert {one["id"].removeprefix("checker-") for one in HOOKS} == wanted


@pytest.mark.parametrize(
    ("name", "path", "fits"),
    [
        ("checker-check", "logs/a.jsonl", True),
        ("checker-check", "logs/a.csv.gz", True),
        ("checker-check", "a.xes", True),
        ("checker-check", "a.jsonl.txt", False),
        ("checker-test", "constraints/10.yaml", True),
        ("checker-test", "constraints/README.md", False),
    ],
)
def test_which_files_concern_a_hook(name, path, fits):
    assert bool(re.search(hook(name)["files"], path)) is fits


@pytest.mark.parametrize(
    ("name", "args", "files", "status"),
    [
        ("checker-check", ["--position", "intermediate"], [LOG], 1),
        ("checker-check", ["--only", "V-01"], [LOG], 0),
        ("checker-lint", ["-r", "docs/example-package/harbour_rules/harbour.yaml"], [], 0),
        ("checker-test", ["-r", "docs/example-package/harbour_rules/harbour.yaml"], [], 0),
    ],
)
def test_the_command_lines_of_hooks(name, args, files, status):
    command = [sys.executable, "-m", *hook(name)["entry"].split(), *args, *map(str, files)]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == status


# ---- GitHub ----


def test_the_action_is_one():
    schema = json.loads((ROOT / "tests" / "schemas" / "github-action.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(ACTION)] == []
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**ACTION, "runs": {"using": "composite", "steps": [{"run": "x"}]}})


def test_inputs_never_become_part_of_a_script():
    for step in STEPS.values():
        assert "${{" not in step["run"]
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(STEPS["Check"]["env"])))
    assert used == set(ACTION["inputs"])


def test_what_is_installed_is_this_program(tmp_path):
    told = tmp_path / "told"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\n')
    python.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GITHUB_ACTION_PATH": str(ROOT / ".github/actions/checker")}
    subprocess.run(["bash", "-eo", "pipefail", "-c", STEPS["Install"]["run"]], env=env, check=True)
    *asked, place = told.read_text().splitlines()
    assert asked == ["-m", "pip", "install", "--quiet"]
    assert Path(place).resolve() == ROOT


def act(folder, **given):
    """Run the step as GitHub would; its status, what it printed, and the files that it writes."""
    defaults = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
    inputs = {**defaults, **{name.replace("_", "-"): value for name, value in given.items()}}
    step = STEPS["Check"]
    env = {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: inputs[match.group(1)], value)
        for name, value in step["env"].items()
    }
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        (folder / name).write_text("")
        env[name] = str(folder / name)
    bin_ = folder / "bin"
    bin_.mkdir(exist_ok=True)
    program = bin_ / "checker"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m checker "$@"\n')
    program.chmod(0o755)
    env["PATH"] = f"{bin_}:{os.environ['PATH']}"
    script = folder / "script.sh"
    script.write_text(step["run"])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)], cwd=ROOT, env=env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("bash") is None, reason="the action runs in bash")
def test_the_action_reports_and_fails(tmp_path):
    done = act(
        tmp_path,
        logs=f"{LOG}\n\n",
        position="intermediate",
        sarif=str(tmp_path / "r.sarif"),
        json=str(tmp_path / "r.json"),
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::")
    assert json.loads((tmp_path / "r.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((tmp_path / "r.json").read_text())["verdict"] == "violated"
    assert "violated" in (tmp_path / "GITHUB_STEP_SUMMARY").read_text().lower()
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == "status=1\n"


@pytest.mark.skipif(shutil.which("bash") is None, reason="the action runs in bash")
def test_the_action_takes_patterns_mappings_and_rulebooks(tmp_path):
    asked = {"rulebook": "fixtures/mappings/ocsf.yaml", "mapping": "ocsf"}
    assert act(tmp_path, logs="  fixtures/mappings/*.jsonl\r\n".replace("*", "ocs*"), **asked).returncode == 1
    assert act(tmp_path, logs="$(touch broken); --help", **asked).returncode == 2
    assert not (ROOT / "broken").exists()
    none = act(tmp_path, logs=" \n")
    assert (none.returncode, none.stderr) == (2, "::error::no logs are named\n")


@pytest.mark.skipif(shutil.which("bash") is None, reason="the action runs in bash")
def test_what_is_open_fails_unless_told_otherwise(tmp_path):
    book = tmp_path / "book.yaml"
    text = (ROOT / "docs/example-package/harbour_rules/harbour.yaml").read_text()
    book.write_text(text.split("examples:")[0])
    log = tmp_path / "log.csv"
    log.write_text("time,type,subject,visit\n2031-05-01T06:00:00Z,ENTRY,S,V\n")
    assert act(tmp_path, logs=str(log), rulebook=str(book)).returncode == 3
    done = act(tmp_path, logs=str(log), rulebook=str(book), open_fails="false")
    assert done.returncode == 0
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == "status=3\n"


# ---- the audit of dependencies ----


@pytest.mark.parametrize(
    ("found", "told", "fails"),
    [
        (None, "not audited: the audit could not be made here", False),
        ("nonsense", "not audited: the audit could not be made here", False),
        ([{"name": "a", "skip_reason": "no data"}], "not audited: no data on any of 1 packages", False),
        ([{"name": "a", "version": "1", "vulns": []}], "1 packages have no known weakness", False),
        (
            [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "no data"}],
            "1 packages have no known weakness; not audited, for want of data: b", False,
        ),
        (
            [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}, {"name": "b", "skip_reason": "no data"}],
            "known weaknesses:\na 1: CVE-1", True,
        ),
    ],
)  # fmt: skip
def test_an_audit_fails_for_a_weakness_and_says_where_there_is_no_data(tmp_path, found, told, fails):
    path = tmp_path / "found"
    if found is not None:
        path.write_text(found if isinstance(found, str) else json.dumps({"dependencies": found}))
    done = subprocess.run([sys.executable, ROOT / ".ci/audited.py", path], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(told)
    assert done.returncode == int(fails)
