"""What the stories of a city and its counties begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.station.city_desk import City, County


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city with its desk and keys."""
    city = City(tmp_path)
    yield city
    city.hall.closes()


@pytest.fixture
def county(tmp_path: Path, city: City) -> Iterator[County]:
    """A county that the city signs for; it has nothing of the city's yet."""
    county = County(tmp_path)
    city.grants(county)
    yield county
    county.hall.closes()
