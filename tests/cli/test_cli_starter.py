"""`init` and `demo`: a new user sees a violation at once, and has something whole to change."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from checker import run_examples
from checker.cli import root
from checker.errors import OutputError
from checker.render.text import STATUS


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "checker", *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )


def test_demo_shows_a_violation_and_the_next_commands() -> None:
    done = CliRunner().invoke(root, ["demo"], standalone_mode=False)
    assert done.return_value == 0
    assert "It lasted 1 h 15 min, limit 1 h; over by 15 min." in done.output
    assert "logs/log.jsonl:5" in done.output
    assert "checker init first" in done.output


def test_what_the_demonstration_names_works_as_it_says(tmp_path: Path) -> None:
    shown = run(tmp_path, "demo").stdout
    commands = [line.split("  ")[1].strip() for line in shown.splitlines() if line.startswith("  checker ")]
    assert len(commands) == 4
    folder = tmp_path
    for command in commands:
        done = run(folder, *command.split()[1:])
        assert done.returncode in (0, 1), done.stderr
        folder = tmp_path / "first"
    assert (folder / "report.html").is_file()
    assert STATUS[1] in run(folder, "check", "logs/log.jsonl").stdout


def test_what_init_writes_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    done = run(tmp_path, "init", "new")
    assert done.returncode == 0
    made = run_examples(folder / "constraints", mutate=True)
    assert made.good
    assert not made.lacking
    assert made.mutation is not None
    assert not made.mutation.survivors
    schema = json.loads((folder / "constraints/rulebook.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert (
        (folder / "constraints/rules.yaml")
        .read_text()
        .startswith("# yaml-language-server: $schema=rulebook.schema.json")
    )
    for line in done.stdout.splitlines():
        if "checker " in line:
            command = line.partition("checker ")[2].partition("  ")[0]
            assert run(folder, *command.split()).returncode in (0, 1)


def test_init_writes_over_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/log.jsonl").write_text("mine")
    with pytest.raises(OutputError, match="is there already"):
        CliRunner().invoke(root, ["init", str(tmp_path)], standalone_mode=False, catch_exceptions=False)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["log.jsonl"]
    assert (tmp_path / "logs/log.jsonl").read_text() == "mine"


def test_init_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be made"):
        CliRunner().invoke(root, ["init", str(tmp_path / "file")], standalone_mode=False, catch_exceptions=False)
