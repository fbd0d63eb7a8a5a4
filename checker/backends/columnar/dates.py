"""Deadlines that depend on dates, of many instants at once: each distinct one is asked about once."""

import numpy as np

from checker import deadline
from checker.columns import Whole
from checker.measure import Deadline
from checker.timeline import calendar_windows


def due(dates: Deadline, times: Whole, length: int) -> Whole:
    """The last instant at which what occasions at some instants ask for is in time."""
    begun = _at_window(dates, times, 1)
    moments, place = np.unique(begun, return_inverse=True)
    left = dates._replace(unit=None)
    found: Whole = np.array([deadline.due(left, at, length) for at in moments.tolist()], np.int64)[place]
    return found


def beginning(dates: Deadline, times: Whole) -> Whole:
    """From when what has to come before occasions at some instants is counted back."""
    return _at_window(dates, times, 0)


def _at_window(dates: Deadline, times: Whole, side: int) -> Whole:
    """The start (0) or the end (1) of the calendar window that each instant falls into; the instant, of none."""
    if dates.unit is None or not len(times):
        return times
    windows = np.array(calendar_windows(dates.unit, dates.zone, int(times.min()), int(times.max()) + 1), np.int64)
    found: Whole = windows[np.searchsorted(windows[:, 0], times, side="right") - 1, side]
    return found
