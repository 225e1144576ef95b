"""One town for every story of this folder; each finds it without reports and with the same catalog."""

from collections.abc import Iterator

import pytest

from tests.station.corrections.town import Town


@pytest.fixture(scope="session")
def standing_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Three nodes that joined."""
    found = Town(tmp_path_factory.mktemp("corrections"))
    yield found
    found.closes()


@pytest.fixture
def town(standing_town: Town) -> Town:
    """The same, as on the first day."""
    standing_town.starts_anew()
    return standing_town
