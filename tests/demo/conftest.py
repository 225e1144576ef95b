"""A prepared county, made once for all tests of the demo; each test plays on a copy of its own."""

import shutil
from pathlib import Path

import pytest

from station.demo.county import prepare
from station.settings import Argon2Cost

CHEAP = Argon2Cost(passes=1, memory_kib=64, lanes=1)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county") / "demo"
    prepare(folder, "http://127.0.0.1:1", lambda _: None, CHEAP)
    return folder


@pytest.fixture
def county_folder(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "demo"))
