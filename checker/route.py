"""Which line a check of files takes: whole logs, judged one record after the other, or columns of large ones."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from checker.logs import files_of, read_logs
from checker.pipeline import Check, run
from checker.profile import NO_PROFILE, NoProfile
from checker.rulebook import Rulebook
from checker.waiver import FindingWaiver

if TYPE_CHECKING:
    from checker.mapping import Mapping

LARGE = 8_000_000
"""Bytes of logs (as expanded, roughly) times constraints from which on logs are read into columns.

Below, that would not be faster: what columns save grows with records and with constraints, what they cost with neither.
"""

_EXPANDS = 8
"""How many bytes one byte of a compressed log stands for, roughly."""


def judged_files(
    paths: Sequence[str | os.PathLike[str]],
    mapping: "Mapping | None",
    rulebook: Rulebook,
    *,
    observed_from: int | None = None,
    observed_until: int | None = None,
    as_of: int | None = None,
    backend: str | None = None,
    waivers: Sequence[FindingWaiver] = (),
    every: bool = True,
    workers: int | None = None,
    profile: NoProfile = NO_PROFILE,
) -> Check:
    """Read the logs at these paths and judge them, as `pipeline.run`; what is found is the same either way.

    `backend` "columnar" reads into columns what can be, None only what is large. `workers`: how many processes read.
    """
    named = [os.fspath(path) for path in paths]
    every = every or bool(waivers)  # one may be of a finding that there is no more, as the limit was kept
    if as_of is None and not every and _takes_columns(named, backend, len(rulebook.constraints)):
        from checker import scanned

        try:
            return scanned.run(
                named, mapping, rulebook, observed_from=observed_from, observed_until=observed_until,
                workers=workers, profile=profile,
            )  # fmt: skip
        except scanned.NotScannable:
            pass
    with profile.stage("reading"):
        logs = read_logs(named, mapping)
    return run(
        logs, rulebook, observed_from=observed_from, observed_until=observed_until, as_of=as_of, backend=backend,
        waivers=waivers, every=every, profile=profile,
    )  # fmt: skip


def _takes_columns(paths: Sequence[str], backend: str | None, constraints: int) -> bool:
    if backend is not None:
        return backend == "columnar"
    size = 0
    for path in files_of(paths):
        try:
            size += os.path.getsize(path) * (_EXPANDS if path.endswith((".gz", ".zst")) else 1)
        except (OSError, ValueError):  # whoever reads it says why
            return False
    return size * constraints >= LARGE
