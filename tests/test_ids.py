"""The ids of findings: each is of one finding, and stays with it whatever else the log comes to hold."""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from checker import check
from checker.rulebook import load_rulebook

LOGS = sorted(Path("fixtures/logs").glob("*.jsonl"))
POSITIONS = list(load_rulebook().positions)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_each_finding_has_an_id_of_its_own(log: Path, position: str) -> None:
    """Also those that only a gap sets apart, and all that is kept."""
    report = check(str(log), position=position, all_findings=True)
    shared = {name: count for name, count in Counter(f.id for f in report.findings).items() if count > 1}
    assert not shared


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_ids_stay_whatever_else_is_logged(log: Path) -> None:
    """Among the records one of another asset and source, which no constraint asks about; the lines in another order."""
    records = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.strip()]
    before = check(records, position="intermediate", all_findings=True)
    middle = sorted(record["time"] for record in records)[len(records) // 2]
    more = {"time": middle, "type": "WEATHER", "subject": "BTY-Z", "source": "OTHER", "seq": 1, "id": "OTHER-1"}
    after = check([more, *reversed(records)], position="intermediate", all_findings=True)
    known = {f.id for f in after.findings}
    lost = [f for f in before.findings if f.id not in known]
    assert [(f.id, f.verdict, f.subject) for f in lost] == []


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.stem)
def test_ids_stay_while_observation_goes_on(log: Path) -> None:
    """What was violated by then is the same finding a day later; what is pending may end as something else."""
    before = check(str(log), position="intermediate")
    assert before.observed.until is not None
    later = datetime.fromisoformat(before.observed.until) + timedelta(days=1)
    after = check(str(log), position="intermediate", observed_until=later.isoformat())
    known = {f.id for f in after.findings}
    lost = [f for f in before.findings if f.verdict == "violated" and f.id not in known]
    assert [(f.id, f.verdict, f.subject) for f in lost] == []
