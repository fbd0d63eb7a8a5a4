"""What a pattern of names fits is read or an error, never left out in silence."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from checker.cli import run
from checker.errors import LogError
from checker.logs import read_logs

RULES = Path(__file__).resolve().parents[2] / "fixtures" / "hostile" / "rules.yaml"


@pytest.mark.parametrize("backend", ["reference", "columnar"])
@pytest.mark.parametrize(
    ("made", "told"), [("link", "no such file"), ("loop", "symbolic links"), ("pipe", "not a regular file")]
)
def test_what_a_pattern_fits_and_is_no_file_is_an_error(
    made: str, told: str, backend: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    record = '{"time": "2031-05-01T08:00:00Z", "type": "RADAR_OFF", "subject": "A"}\n'
    (tmp_path / "a.jsonl").write_text(record)
    (tmp_path / "folder.jsonl").mkdir()
    pattern = str(tmp_path / "*.jsonl")
    arguments = ["check", pattern, "-r", str(RULES), "--backend", backend]
    assert [log.name.rpartition("/")[2] for log in read_logs([pattern])] == ["a.jsonl"], "a folder is no log"
    assert run(arguments) == 0
    other = tmp_path / "b.jsonl"
    if made == "pipe":
        os.mkfifo(other)
    else:
        other.symlink_to("nowhere.json" if made == "link" else "b.jsonl")
    capfd.readouterr()
    assert run(arguments) == 2
    assert told in (error := capfd.readouterr().err)
    assert "b.jsonl" in error
    assert "Traceback" not in error
    with pytest.raises(LogError, match=told):
        read_logs([pattern])


RECORD = '{"time": "2031-05-01T08:00:00Z", "type": "RADAR_OFF", "subject": "A"}\n'


@contextlib.contextmanager
def as_somebody() -> Iterator[None]:
    """As somebody who is not everywhere allowed to read."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("backend", ["reference", "columnar"])
@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
@pytest.mark.parametrize("pattern", ["**/*.jsonl", "*/*.jsonl", "*/a.jsonl", "**", "**/a.jsonl"])
def test_a_folder_that_may_not_be_read(
    pattern: str, mode: int, backend: str, entered_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever its files are, they would be missing from the check."""
    for folder in ("logs/open", "logs/shut"):
        (entered_path / folder).mkdir(parents=True)
        (entered_path / folder / "a.jsonl").write_text(RECORD)
    arguments = ["check", str(entered_path / "logs" / pattern), "-r", str(RULES), "--backend", backend]
    assert run(arguments) == 0
    (entered_path / "logs/shut").chmod(mode)
    capfd.readouterr()
    with as_somebody():
        status = run(arguments)
    (entered_path / "logs/shut").chmod(0o755)
    out, err = capfd.readouterr()
    if mode == 0o111 and pattern == "*/a.jsonl":  # what is named may be read though the folder may not be listed
        assert (status, "2 records" in out) == (0, True), out + err
        return
    assert status == 2, out
    assert "ermission" in err
    assert "logs/shut" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("leads", ["nowhere", "shut"])
@pytest.mark.parametrize("pattern", ["**/*.jsonl", "*/*.jsonl", "*/a.jsonl"])
def test_a_link_in_place_of_a_folder(pattern: str, leads: str, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open/a.jsonl").write_text(RECORD)
    (tmp_path / "shut").symlink_to(leads)  # that nothing is there, or that it leads to itself
    with pytest.raises(LogError, match="shut: cannot be looked into"):
        read_logs([str(tmp_path / pattern)])


def test_links_that_lead_back_into_a_folder_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them are as many ways as anybody could follow; each folder is entered once, by its own name first."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "z").mkdir()
    (tmp_path / "z/x.jsonl").write_text(RECORD)
    for name in ("a", "b", "z/c"):
        (tmp_path / name).symlink_to(tmp_path)
    (tmp_path / "d").symlink_to("z")
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    (elsewhere / "y.jsonl").write_text(RECORD)
    (tmp_path / "z/e").symlink_to(elsewhere)
    for pattern in ("**/*.jsonl", "**/**/*.jsonl", "**"):
        assert [log.name for log in read_logs([pattern])] == ["z/e/y.jsonl", "z/x.jsonl"]
    assert [log.name for log in read_logs(["d/*.jsonl"])] == ["d/x.jsonl"], "a link that is named is followed"


def test_names_that_begin_with_a_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (".git/x.jsonl", ".x.jsonl", "y.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(RECORD)
    for pattern, names in {
        "**/*.jsonl": ["y.jsonl"], ".*.jsonl": [".x.jsonl"], ".git/*": [".git/x.jsonl"], "[.y]*.jsonl": ["y.jsonl"],
    }.items():  # fmt: skip
        assert [log.name for log in read_logs([pattern])] == names
