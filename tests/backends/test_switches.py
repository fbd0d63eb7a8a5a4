"""States that each record switches on or off, where records are missing before one that switches on what may be on."""

import pytest
import small

RULEBOOK = """
history: complete
events: {MONITOR: {works: flag, k: text}, BEGIN: {k: text}, END: {k: text}}
intervals:
  flight: {from: BEGIN, until: END, per: [subject, k]}
  monitored: {from: {type: MONITOR, works: true}, until: MONITOR, per: [subject, k], repeat: switches}
constraint: {kind: during, of: flight, inside: monitored}
"""


@pytest.mark.parametrize(
    ("missing", "verdict"), [(True, "inconclusive"), (False, "violated")], ids=["missing", "nothing missing"]
)
@pytest.mark.parametrize(
    "before", [[], ["06:00 MONITOR A k=K2 works=false source=S seq=1"]], ids=["first", "after another"]
)
def test_what_went_on_before_a_switch_may_be_hidden(before: list[str], missing: bool, verdict: str) -> None:
    seq = (4 if missing else 2) if before else (3 if missing else 1)
    log = [
        *(before or (["06:00 MONITOR A k=K1 works=false source=S seq=1"] if missing else [])),
        f"08:00 BEGIN A k=K2 source=S seq={seq}",
        f"08:10 MONITOR A k=K2 works=true source=S seq={seq + 1}",
        f"08:30 END A k=K2 source=S seq={seq + 2}",
    ]
    report = small.check(small.read(RULEBOOK), log)
    assert report.constraints[0].verdict == verdict
