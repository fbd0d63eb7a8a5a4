"""Rulebooks by name: shipped beside the built-in one, or offered by installed packages, of which nothing is imported."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from checker.errors import RulebookError, UsageError
from checker.rulebook import load_rulebook
from checker.rulebook.examples import load_examples
from checker.rulebook.named import GROUP, located, names

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "example-package"


def offer(folder, package, name, value):
    """Make a distribution in a folder that offers a rulebook."""
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {value}\n")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The example package, installed as a wheel would be."""
    folder = tmp_path / "site"
    shutil.copytree(EXAMPLE / "harbour_rules", folder / "harbour_rules")
    with (EXAMPLE / "pyproject.toml").open("rb") as file:
        ((name, value),) = tomllib.load(file)["project"]["entry-points"][GROUP].items()
    offer(folder, "harbour_rules", name, value)
    (folder / "harbour_rules" / "__init__.py").write_text("raise RuntimeError('a rulebook is no code')\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize("name", ["harbour", "package:harbour"])
def test_an_installed_one(installed, name):
    assert load_rulebook(name).id == "harbour"
    assert [example.name for example in load_examples(name)] == ["Twenty-one days", "A minute longer"]
    assert "harbour_rules" not in sys.modules


def test_by_the_commands(installed, tmp_path):
    env = {**os.environ, "PYTHONPATH": str(installed)}
    log = tmp_path / "log.csv"
    log.write_text("time,type,subject,visit\n2031-05-01T06:00:00Z,ENTRY,S,V\n2031-05-22T06:01:00Z,EXIT,S,V\n")
    for asked, status in ((["check", log], 1), (["test"], 0)):
        command = [sys.executable, "-m", "checker", *map(str, asked), "-r", "harbour"]
        done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (status, ""), asked


def test_what_lies_at_hand_comes_first(installed, tmp_path):
    (tmp_path / "harbour").write_text((ROOT / "fixtures/rulebooks/small.yaml").read_text())
    assert load_rulebook("harbour").id != "harbour"
    assert load_rulebook("package:harbour").id == "harbour"


def test_a_folder(installed, tmp_path):
    folder = installed / "harbour_rules" / "more"
    folder.mkdir()
    shutil.copy(installed / "harbour_rules" / "harbour.yaml", folder)
    offer(installed, "more", "more", "harbour_rules.more")
    assert load_rulebook("more").id == "harbour"


def test_a_name_that_several_offer(installed):
    offer(installed, "other", "harbour", "other_rules.harbour")
    with pytest.raises(
        UsageError, match=r"several installed packages offer a rulebook 'harbour': harbour_rules, other"
    ):
        load_rulebook("harbour")


@pytest.mark.parametrize("value", ["harbour_rules.nowhere", "no_such_package.x", "harbour_rules..x"])
def test_an_offer_that_leads_nowhere(installed, value):
    offer(installed, "lost", "lost", value)
    with pytest.raises(UsageError, match=r"the package lost offers the rulebook 'lost' as .*, where nothing is"):
        load_rulebook("lost")


def test_unknown_names(installed):
    with pytest.raises(
        UsageError, match=r"no installed package offers a rulebook 'harbor'\n    did you mean 'harbour'?"
    ):
        load_rulebook("package:harbor")
    with pytest.raises(
        RulebookError, match=r"there is no such file or folder\n    as the name of a rulebook: did you mean 'harbour'?"
    ):
        load_rulebook("harbor")
    with pytest.raises(RulebookError) as wrong:
        load_rulebook("zzz.yaml")
    assert wrong.value.problems[0].hint == ""


def test_none_installed():
    with pytest.raises(UsageError, match=r"none is installed|known names|did you mean"):
        load_rulebook("package:nothing-of-that-name")


def test_shipped_ones(tmp_path, monkeypatch):
    shelf = tmp_path / "shipped" / "regimes"
    shelf.mkdir(parents=True)
    (shelf / "treaty-1936.yaml").write_text((ROOT / "fixtures/rulebooks/small.yaml").read_text())
    (shelf / "README.md").write_text("no rulebook\n")
    (shelf / "examples").mkdir()
    assert located("regimes/treaty-1936", shelf.parent) == shelf / "treaty-1936.yaml"
    assert located("regimes/none", shelf.parent) == Path("regimes/none")
    assert [name for name in names(shelf.parent) if name.startswith("regimes/")] == ["regimes/treaty-1936"]
    monkeypatch.setattr("checker.rulebook.reading.BUILTIN", shelf.parent)
    assert load_rulebook("regimes/treaty-1936").constraints
    with pytest.raises(RulebookError, match=r"did you mean 'regimes/treaty-1936'?"):
        load_rulebook("regimes/treaty-1963")
    with pytest.raises(RulebookError, match=r"did you mean 'regimes/treaty-1936'?"):
        load_rulebook("treaty-1936.yaml")


def test_every_regime_that_comes_along_loads_by_name():
    for path in sorted((ROOT / "constraints" / "regimes").glob("*.yaml")):
        assert load_rulebook(f"regimes/{path.stem}").constraints
