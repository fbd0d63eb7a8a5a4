"""What came of checking simulated logs, as text."""

from checker.legible import legible
from checker.limits import limit
from checker.render.layout import columns, fitted
from checker.render.parts import many
from checker.simulated import Checked

MOST = limit("simulated_listed")
"""How many logs that came out otherwise are listed."""


def render(checked: Checked, width: int) -> str:
    """Logs that came out otherwise first, then what was found of each constraint, then what was counted."""
    under = f", position {checked.scenario.position}" if checked.scenario.position else ""
    lines = [f"{legible(checked.scenario.title)}  ({legible(checked.scenario.rulebook)}{legible(under)})", ""]
    for miss in checked.misses[:MOST]:
        lines.append(f"seed {miss.seed}")
        lines += [f"  {legible(told)}" for told in miss.differences]
    if len(checked.misses) > MOST:
        lines.append(f"and {len(checked.misses) - MOST} more; --format json lists all")
    if checked.misses:
        lines.append("")
    wide = max([10, *(columns(legible(row.constraint)) for row in checked.recall)])
    lines += [
        f"  {fitted(legible(row.constraint), wide)}  {row.found:,} of {row.labels:,} found" for row in checked.recall
    ]
    if checked.recall:
        lines.append("")
    if checked.unlabelled:
        lines.append(f"Not broken in any of these logs: {', '.join(map(legible, checked.unlabelled))}")
    open_ = (
        f" ({checked.logs - checked.whole:,} with missing or contradicting records)"
        if checked.whole < checked.logs
        else ""
    )
    left = f", {checked.open:,} left open" if checked.open else ""
    lines.append(
        f"{many(checked.logs, 'log')}{open_}, {many(checked.records, 'record')}, seeds from {checked.first_seed}"
    )
    breaches = "breach" if checked.labels == 1 else "breaches"
    lines.append(f"{checked.found:,} of {checked.labels:,} labelled {breaches} found{left}")
    lines.append(f"{many(checked.false, 'false finding')}")
    return "\n".join(lines) + "\n"
