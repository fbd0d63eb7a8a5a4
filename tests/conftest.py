"""Lies here so that tests of every folder can import the helper modules beside it; no deadlines: machines are busy."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("checker", deadline=None)
settings.load_profile("checker")


@pytest.fixture
def entered_path(tmp_path: Path) -> Path:
    """`tmp_path`, which everybody may enter: pytest keeps its folders to itself."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder == tmp_path or folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(0o755)
    return tmp_path
