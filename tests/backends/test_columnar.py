"""The columnar backend tells what the reference backend tells, on every conformance case."""

from typing import Any

import pytest
import small
from test_cases import ALL

from checker.render import FORMATS, Page


@pytest.mark.parametrize("case", ALL)
def test_both_backends_give_the_same_report(case: dict[str, Any]) -> None:
    expected, found = (
        FORMATS["json"](small.check(case, case["log"], backend=backend, all_findings=False), Page())
        for backend in ("reference", "columnar")
    )
    assert found == expected
