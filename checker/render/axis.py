"""The axis of a timeline: how far apart its labels are, and what they say. Pages in HTML and in text have the same."""

from checker.timeline import format_instant

_SECOND = 1_000_000
DAY = 86_400 * _SECOND
STEPS = tuple(
    step * _SECOND
    for step in (
        1, 5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000,
        7_776_000, 31_536_000, 157_680_000, 1_576_800_000, 15_768_000_000, 63_072_000_000,
    )
)  # fmt: skip
"""How far apart the labels of an axis can be; the script of the page has the same list."""


def ticks(start: int, end: int, most: int) -> list[tuple[int, str]]:
    """At most so many labels between two instants: where (µs), and what they say."""
    step = next((step for step in STEPS if (end - start) // step <= most), STEPS[-1])
    told = []
    for at in range(-(-start // step) * step, end, step):
        try:
            text = format_instant(at)
        except ValueError:  # beyond what can be told
            continue
        told.append((at, text[:10] if step >= DAY else hour(text)))
    return told


def hour(text: str) -> str:
    """`2031-05-03T08:00:00Z` as an axis has it, without the seconds if they are zero."""
    return f"{text[5:10]} {text[11:16] if text[16:19] == ':00' else text[11:19]}"
