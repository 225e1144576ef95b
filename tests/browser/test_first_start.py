"""A new PC becomes a station of its hall without a command line."""

from pathlib import Path

import pytest

from station.demo.plan import COUNTY
from station.demo.ports import held_ports
from station.demo.processes import NodeProcess
from tests.browser.start_steps import VILLAGE, code_for, joins, says_where, says_who, setup_address
from tests.browser.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_a_new_station_is_set_up_and_joins_its_hall(town: Town, tmp_path: Path) -> None:
    with held_ports(0, 1) as [port]:
        process = NodeProcess(tmp_path, port)
        process.start()
        boss = town.at(process.address)
        says_where(boss, setup_address(process))
        recovery_code = says_who(boss)
        joins(boss, town.county.url(COUNTY), code_for(town, VILLAGE))
        boss.leaves()
        process.stop()

    admin = town.visitor(COUNTY, "county-admin")
    admin.opens("/fleet/")
    admin.reads("沙溪社区便民服务站")
    assert len(recovery_code) > 20
    admin.leaves()
