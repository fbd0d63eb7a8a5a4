"""What a pattern of names fits is read or an error, never left out in silence."""

import os
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
