"""How soon the HTML page of many findings can be used, and how large it is.

    python benchmarks/page.py [--records 390000] [--units 1000] [--runs 3]

A hypothetical log of a fleet is checked, and its page opened in headless Chromium, once as of a log that was scanned
and once with every interval drawn. Usable: loaded, its script run, its first screen painted, and a filter answered.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/render"))

from browser import FOUND, Browser  # noqa: E402

RULES = ("B-01", "B-02", "B-03", "B-04", "B-05", "B-07", "B-08", "B-09", "B-10")
"""All but the one whose findings name the whole fleet each."""

PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
FILTER = """(async () => {
  const box = document.getElementById('q'), out = document.getElementById('found'), before = out.textContent;
  const begun = performance.now();
  box.value = 'u-00017'; box.dispatchEvent(new Event('input', {bubbles: true}));
  while (out.textContent === before) { await new Promise(done => setTimeout(done, 5)); }
  document.getElementById('filter').scrollIntoView();
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - begun;
})()"""
ZOOM = """(async () => {
  document.getElementById('zoom').scrollIntoView();
  await new Promise(done => setTimeout(done, 200));
  const begun = performance.now();
  for (let at = 0; at < 10; at++) {
    document.querySelector(`[data-do=${at % 2 ? 'out' : 'in'}]`).click();
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
  return (performance.now() - begun) / 10;
})()"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=390_000)
    parser.add_argument("--units", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    assert FOUND is not None, "no Chromium was found"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "fleet.jsonl"
        made = [sys.executable, str(ROOT / "benchmarks/generate.py"), str(log), "--units", str(options.units)]
        subprocess.run(
            [*made, "--records", str(options.records), "--breaches", "0.5"], check=True, stdout=subprocess.DEVNULL
        )
        print("| page | findings | assets | written (CPU s) | MB | usable (s) | filter (ms) | zoom frame (ms) |")
        print("|---|---|---|---|---|---|---|---|")
        for name, backend in (("scanned", "columnar"), ("with every interval", "reference")):
            page = Path(folder) / f"{backend}.html"
            only = [part for rule in RULES for part in ("--only", rule)]
            done = subprocess.run(
                [sys.executable, "-m", "checker", "check", log.name, "-r", str(ROOT / "benchmarks/limits.yaml"), *only,
                 "--backend", backend, "--output", f"html:{page}", "--profile"],
                check=False, cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            assert done.returncode == 1, done.stderr
            drawn = next(line.split()[2] for line in done.stderr.splitlines() if line.startswith("rendering"))
            print(f"| {name} | {_measured(page, Path(folder), drawn, options.runs)} |", flush=True)


def _measured(page: Path, folder: Path, drawn: str, runs: int) -> str:
    usable, filtered, zoomed = [], [], []
    with Browser(folder / f"profile-{page.stem}") as browser:
        browser.size(1280, 800)
        for _ in range(runs):
            browser.open("about:blank")
            begun = time.perf_counter()
            browser.open(page.as_uri())
            browser.run(PAINTED)
            usable.append(time.perf_counter() - begun)
            filtered.append(browser.run(FILTER))
            browser.run("document.querySelector('#filter [type=reset]').click()")
            zoomed.append(browser.run(ZOOM))
        findings = browser.run("document.querySelectorAll('.f').length")
        assets = browser.run("document.querySelectorAll('.row[id]').length")
    middle = statistics.median
    return (
        f"{findings:,} | {assets:,} | {drawn} | {page.stat().st_size / 1e6:.1f} | {middle(usable):.2f} | "
        f"{middle(filtered):.0f} | {middle(zoomed):.0f}"
    )


if __name__ == "__main__":
    main()
