"""What tests of pages share: a browser where there is one, and pages of the shipped logs."""

from collections.abc import Iterator

import pytest
from browser import FOUND, Browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if FOUND is None:
        pytest.skip("no Chromium is found: no page was looked at in a browser")
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        opened.size(1280, 800)
        yield opened
