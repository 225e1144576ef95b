"""A county of one's own for each test of the demo."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def county_folder(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "demo"))
