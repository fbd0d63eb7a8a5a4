"""Examples of rulebooks as tests of pytest, run as its users do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HARBOUR = ROOT / "docs" / "example-package" / "harbour_rules" / "harbour.yaml"
HEAVY = {"pydantic", "yaml", "numpy", "click", "checker.rulebook", "checker.logs", "checker.testing"}


@pytest.fixture
def folder(tmp_path):
    """A project with a test, a rulebook as a file and one as a folder; in one an example does not come out."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_plain.py").write_text("def test_plain():\n    pass\n")
    shutil.copy(HARBOUR, tmp_path / "good.rulebook.yaml")
    book = tmp_path / "book"
    (book / "examples").mkdir(parents=True)
    rules, examples = HARBOUR.read_text().split("examples:\n")
    (book / "10-rules.yaml").write_text(rules)
    (book / "examples" / "stays.yaml").write_text("examples:\n" + examples.replace("margin: -1 min", "margin: -2 min"))
    return tmp_path


def run(folder, *asked):
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *asked]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_files_of_that_name_are_collected(folder):
    done = run(folder, "-v")
    assert done.returncode == 0, done.stdout
    for name in ("Twenty-one days", "A minute longer"):
        assert f"good.rulebook.yaml::{name} PASSED" in done.stdout
    assert "3 passed" in done.stdout


def test_a_named_folder_fails_readably_and_once(folder):
    done = run(folder, "-v", "--checker-rulebook", "book", "test_plain.py")
    assert done.returncode == 1
    assert "book::Twenty-one days PASSED" in done.stdout
    assert "book::A minute longer FAILED" in done.stdout
    assert (
        f"{folder}/book/examples/stays.yaml:7: A minute longer\n"
        "  H-1: expected one with margin -120, found margin -60\n" in done.stdout
    )
    assert "Traceback" not in done.stdout
    assert "1 failed, 2 passed" in done.stdout
    done = run(folder, "--checker-rulebook", "book")  # found by itself, too
    assert "1 failed, 4 passed" in done.stdout


def test_the_setting(folder):
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = test_plain.py\nchecker_rulebooks = book\n")
    assert "1 failed, 2 passed" in run(folder).stdout
    assert "1 passed" in run(folder, "test_plain.py").stdout
    assert "1 passed" in run(folder, "book", "-k", "Twenty-one").stdout
    assert "1 failed, 1 deselected" in run(folder, "book", "-k", "H-1 and minute").stdout


def test_without_it_nothing_is_loaded(folder):
    (folder / "test_plain.py").write_text(
        f"import sys\n\ndef test_plain():\n    assert 'checker' in sys.modules\n    assert not {HEAVY} & set(sys.modules)\n"
    )
    assert "1 passed" in run(folder, "test_plain.py").stdout
    (folder / "test_plain.py").write_text("import sys\n\ndef test_plain():\n    assert 'checker' not in sys.modules\n")
    done = run(folder, "-p", "no:checker")
    assert "1 passed" in done.stdout


def test_distributed(folder):
    pytest.importorskip("xdist")
    done = run(folder, "-n", "2", "--checker-rulebook", "book")
    assert "1 failed, 4 passed" in done.stdout
    assert "expected one with margin -120, found margin -60" in done.stdout


def test_names_and_mistakes(folder):
    done = run(folder, "--checker-rulebook", "bok")
    assert done.returncode == 4
    assert "there is no rulebook 'bok'" in done.stderr
    assert "Traceback" not in done.stderr
    done = run(folder, "--checker-rulebook", "package:bok")
    assert "no installed package offers a rulebook 'bok'" in done.stderr
    (folder / "bad.rulebook.yaml").write_text(HARBOUR.read_text().replace("kind: duration", "kind: durations"))
    done = run(folder, "test_plain.py", "bad.rulebook.yaml")
    assert done.returncode == 2
    assert "bad.rulebook.yaml:15:11: unknown kind 'durations'" in done.stdout
    assert "Traceback" not in done.stdout
