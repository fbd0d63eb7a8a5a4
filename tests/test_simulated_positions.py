"""Simulated logs with decimals deep inside a field are written as JSON."""

import json

from checker.rulebook import builtin, load_rulebook
from checker.rulebook.scenarios import load_scenario
from checker.simulation import simulate


def test_positions_with_decimals_are_written() -> None:
    regimes = builtin() / "regimes"
    book = load_rulebook(regimes / "remote-id.yaml")
    scenario, _ = load_scenario(regimes / "scenarios" / "remote-id.yaml", lambda position, set_: book)
    rows = [json.loads(line) for line in simulate(scenario, 1, asked=[]).lines().splitlines()]
    positions = {tuple(row["data"]["position"]["coordinates"]) for row in rows if row["type"] == "BROADCAST"}
    assert positions == {(0.5, 0.5)}
