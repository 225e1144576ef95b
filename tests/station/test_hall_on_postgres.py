"""A whole hall on PostgreSQL: the same program, its people and pages, on a server's tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station import kept
from station.accounts.service import NewAccount
from station.backup import make_backup
from station.checkup import Level, look_over
from station.errors import BackupRefused, DatabaseRefused, WeakPassword
from station.facts import new_facts
from station.founding import found_node
from station.node import Installation
from station.settings import Settings
from tests.tools import postgres
from tests.tools.counter import FAST, PASSWORD, Counter, Time

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres_cluster: postgres.Cluster) -> str:
    return postgres_cluster.make_database()


@pytest.fixture
def big_hall(tmp_path: Path, url: str) -> Iterator[Counter]:
    counter = Counter(tmp_path / "county", "county", "440205000000", database_url=url)
    yield counter
    counter.closes()


def test_people_sign_in_and_work(big_hall: Counter) -> None:
    big_hall.signs_in("boss")
    form = {"name": "li", "display_name": "李示例", "roles": "reviewer", "password": "blue bicycle 77"}

    assert big_hall.sends("/accounts/", form).status_code == 302
    assert "李示例" in big_hall.opens("/accounts/").text
    assert not (big_hall.settings.data_folder / "station.db").exists()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/publishing/corrections/?q=a%00b", 422),
        ("/publishing/corrections/%00", 404),
        ("/publishing/?q=%00", 422),
        ("/publishing/entries/%00", 404),
        ("/publishing/agenda?office=%00", 422),
    ],
)
def test_an_address_with_what_no_database_holds_is_refused(big_hall: Counter, path: str, status: int) -> None:
    big_hall.adds("editor", "编辑示例")
    big_hall.signs_in("editor")

    assert big_hall.opens(path).status_code == status


def test_a_name_with_what_no_database_holds_signs_nobody_in(big_hall: Counter) -> None:
    assert big_hall.signs_in("boss\x00").status_code in (401, 403, 422)


def test_the_doctor_is_content(big_hall: Counter) -> None:
    with big_hall.node.using():
        findings = look_over(big_hall.installation, big_hall.node, big_hall.time.at)

    assert not [one for one in findings if one.level is Level.ERROR]


def test_it_opens_again_with_the_same_keys(big_hall: Counter) -> None:
    before = big_hall.node.keys.key_id
    big_hall.installation.close()
    big_hall.signs_in("reviewer")

    assert big_hall.node.keys.key_id == before


def test_the_servers_administrator_reads_no_key(big_hall: Counter) -> None:
    secret = big_hall.node.keys.to_bytes()
    with big_hall.node.using():
        assert all(secret[4:36] not in bytes(row.sealed) for row in kept.KeptSecret.select())


def test_a_connection_the_server_dropped_is_made_anew(big_hall: Counter) -> None:
    big_hall.signs_in("boss")
    big_hall.node.database.connection().close()

    assert big_hall.opens("/accounts/").status_code == 200


def test_the_database_of_another_node_is_refused(big_hall: Counter, tmp_path: Path, url: str) -> None:
    other = Installation(Settings(tmp_path / "other", database_url=url, argon2=FAST), Time().clock())
    boss = big_hall_boss()

    with pytest.raises(DatabaseRefused):
        found_node(other, new_facts("county", "别的大厅", "440205000000"), boss)
    assert not (tmp_path / "other" / "node.json").exists()
    assert big_hall.signs_in("boss").status_code == 302


def test_a_founding_that_failed_can_be_tried_again(tmp_path: Path, url: str) -> None:
    installation = Installation(Settings(tmp_path / "n", database_url=url, argon2=FAST), Time().clock())
    facts = new_facts("county", "大厅", "440205000000")
    with pytest.raises(WeakPassword):
        found_node(installation, facts, big_hall_boss("short"))

    assert found_node(installation, facts, big_hall_boss()).node.facts == facts
    installation.close()


def test_a_server_that_is_away_is_told_with_a_next_step(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    installation = Installation(Settings(tmp_path / "n", database_url=url, argon2=FAST), Time().clock())

    with pytest.raises(DatabaseRefused) as refused:
        found_node(installation, new_facts("county", "大厅", "440205000000"), big_hall_boss())
    assert "没有应答" in refused.value.why


def test_its_backup_is_left_to_the_servers_own_tools(big_hall: Counter, tmp_path: Path) -> None:
    with big_hall.node.using(), pytest.raises(BackupRefused) as refused:
        make_backup(big_hall.node, tmp_path / "a", by="boss", now=big_hall.time.at)
    assert "pg_dump" in refused.value.next_step


def big_hall_boss(password: str = PASSWORD) -> NewAccount:
    return NewAccount("chief", "管理示例", ["admin"], password, has_to_change_password=False)
