"""Every machine that runs this gives the bytes that were given where the digests were written: `golden/digests.txt`.

`UPDATE_DOCS=1` writes what is given now; a new version of the package, which every report names, changes all of them.
"""

import hashlib
import os
from pathlib import Path

import pytest

from checker.cli import run
from checker.render import FORMATS
from checker.render.answers import COMPARISONS, EXPLANATIONS, SWEEPS

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).parent / "golden/digests.txt"
LOGS = {
    "s1_compliant": "crete-model", "s2_violating": "intermediate", "s4_incomplete_log": "intermediate",
}  # fmt: skip
ASKED = {
    "check": ((), FORMATS),
    "check-all": (("--all",), FORMATS),
    "explain": (("R-02",), EXPLANATIONS),
    "compare": ((), COMPARISONS),
    "sweep": (("--parameter", "notice_period"), SWEEPS),
}


def made(log: str, folder: Path) -> dict[str, str]:
    """The digest of what each command gives in each format."""
    found = {}
    for name, (more, formats) in ASKED.items():
        command = name.partition("-")[0]
        which = more[:1] if command == "explain" else ()
        options = more if not which else ()
        under = () if command == "compare" else ("--position", LOGS[log])
        outputs = [part for one in formats for part in ("--output", f"{one}:{folder / f'{name}.{one}'}")]
        status = run([command, *which, f"fixtures/logs/{log}.jsonl", *under, *options, *outputs])
        assert status in ((0, 1, 3) if command == "check" else (0,))
        for one in formats:
            found[f"{log} {name} {one}"] = hashlib.sha256((folder / f"{name}.{one}").read_bytes()).hexdigest()
    return found


@pytest.mark.parametrize("log", LOGS)
def test_bytes_are_those_of_other_machines(
    log: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("checker.assessment.NOT_HAD", "")  # the one line that a Python without the rule engine adds
    now = made(log, tmp_path)
    kept = dict(reversed(line.split("  ", 1)) for line in KEPT.read_text().splitlines()) if KEPT.exists() else {}
    if os.environ.get("UPDATE_DOCS"):
        lines = sorted({**kept, **now}.items(), key=lambda one: (list(LOGS).index(one[0].split()[0]), one[0]))
        KEPT.write_text("".join(f"{digest}  {name}\n" for name, digest in lines))
        return
    assert now == {name: digest for name, digest in kept.items() if name.startswith(f"{log} ")}
