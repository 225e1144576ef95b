"""What every room's tests may ask for: a counter with a person at it, and tables on both databases."""

import fcntl
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from station.database import AnyDatabase, open_database
from station.demo.county import prepare
from station.migrations import migrate
from sync.rows import using
from tests.tools import postgres
from tests.tools.counter import FAST, START, Counter

NAMING_LENGTH_MAX = 60
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")  # how busy the machine is decides no test


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a file makes once for its tests is made once: those of them that ask for it stay on one worker."""
    for item in items:
        if isinstance(item, pytest.Function) and not item.get_closest_marker("xdist_group"):
            made = item._fixtureinfo.name2fixturedefs.values()
            if any(one.scope == "module" for ones in made for one in ones):
                item.add_marker(pytest.mark.xdist_group(item.location[0]))


def pytest_collection_finish() -> None:
    """A million objects have come to stay: to look through them again and again was a sixth of the work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long values do not name a test: a packed file would carry its minute into the name, so that two workers
    that collect a moment apart would know different tests.
    """
    return argname if isinstance(val, str | bytes) and len(val) > NAMING_LENGTH_MAX else None


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Counter]:
    """A village station with the accounts "boss" (admin) and "agent"; nobody has signed in yet."""
    counter = Counter(tmp_path / "village")
    yield counter
    counter.closes()


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Counter]:
    """A county hall with the accounts "boss" (admin) and "reviewer"; nobody has signed in yet."""
    counter = Counter(tmp_path / "county", level="county", division="440205000000")
    yield counter
    counter.closes()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's county with cheap passwords, made once for all workers; each who plays copies it first."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "prepared-county"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prepare(folder, "http://127.0.0.1:1", lambda _: None, FAST)
    return folder


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[postgres.Cluster]:
    """A throw-away PostgreSQL server; tests that ask for it are skipped where it is not installed."""
    if not postgres.is_installed():
        pytest.skip("PostgreSQL 15 is not installed: the hall's tests at size did NOT run")
    with postgres.running_cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyDatabase]:
    """An empty node database with every table, in use; each test runs on both kinds."""
    url = None
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_cluster").make_database()
    opened = open_database(tmp_path / "tables.db", bytes(range(32)), url)
    migrate(opened, now=START)
    with using(opened):
        yield opened
    opened.close_all()
