"""Draws what `speed.py --json FILE` measured, as pictures for the documentation.

    python benchmarks/plots.py FIGURES.json FOLDER

One picture for each table: CPU seconds of every way (all runs as points, their median as a bar), and of growth tables
the ratio to the first row. The same figures give the same bytes.
"""

import argparse
import json
import re
import statistics
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams |= {
    "svg.hashsalt": "checker",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}

from matplotlib import pyplot  # noqa: E402 - after the backend is chosen

OURS, OTHERS = "#1f6f8b", "#b0b7bd"


def bars(table: dict[str, Any], path: Path) -> None:
    """Horizontal bars of CPU seconds, with ratio and memory beside them."""
    rows = [row for row in table["rows"] if row["cpu"]]
    figure, axes = pyplot.subplots(figsize=(7.2, 0.9 + 0.36 * len(rows)), layout="constrained")
    for at, row in enumerate(rows):
        middle = statistics.median(row["cpu"])
        plain = row["name"].replace("**", "")
        ours = row["name"].startswith("**") or not any("**" in one["name"] for one in rows)
        axes.barh(at, middle, color=OURS if ours else OTHERS, height=0.62)
        axes.plot(row["cpu"], [at] * len(row["cpu"]), "|", color="black", markersize=7)
        told = f"{middle:.2f} s, {row['mb']:.0f} MB" + (f", × {row['ratio']:.2f}" if row["ratio"] else "")
        axes.annotate(told, (max(row["cpu"]), at), xytext=(6, 0), textcoords="offset points", va="center")
        rows[at] = {**row, "name": plain}
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel("CPU seconds")
    axes.set_xlim(0, 1.45 * max(max(row["cpu"]) for row in rows))
    axes.set_title(table["title"], loc="left", fontsize=10, wrap=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("figures", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    figures = json.loads(given.figures.read_text())
    for part, tables in figures.items():
        for table in tables if isinstance(tables, list) else ():
            if any(row["cpu"] for row in table["rows"]):
                by = re.match(r"(?:Growth by|By|[0-9,]+ records as) \.?([a-z ]+)", table["title"])
                name = f"{part}-{by.group(1).strip().replace(' ', '-')}" if by else part
                bars(table, given.folder / f"{name}.svg")
                print(f"{name}.svg")


if __name__ == "__main__":
    main()
