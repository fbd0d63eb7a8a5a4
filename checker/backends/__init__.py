"""The backends: each evaluates rules on a trace. One more is one file and one line here."""

from checker.backends.reference import Reference

BACKENDS = {
    "reference": Reference,
}
"""Name on the command line -> class; made with a trace, asked with `evaluate(rule)`."""
