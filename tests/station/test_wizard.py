"""A new PC becomes a station from its own browser, and from nowhere else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from station.app import create_app
from station.node import Installation
from station.settings import Settings
from tests.tools.counter import FAST, Time

CODE = "7KQ4MX2P7KQ4"
PASSWORD = "correct horse 42"


class NewPc:
    """A browser in front of an empty data folder."""

    def __init__(self, folder: Path) -> None:
        self.installation = Installation(Settings(folder, argon2=FAST), Time().clock())
        self.installation.setup_code = CODE
        self.browser = create_app(self.installation).test_client()

    def opens(self, path: str, address: str = "127.0.0.1") -> TestResponse:
        return self.browser.get(path, environ_base={"REMOTE_ADDR": address})

    def sends(self, path: str, page: str, **fields: str) -> TestResponse:
        token = re.search(r'name="csrf" value="([^"]+)"', self.opens(page).text)
        assert token is not None, page
        return self.browser.post(path, data={"csrf": token[1], **fields})

    def answers_all_but_the_person(self) -> None:
        self.opens(f"/setup/?code={CODE}")
        self.sends("/setup/level", "/setup/", level="village")
        self.sends("/setup/place", "/setup/place?within=440205100000", division="440205100201")
        self.sends("/setup/name", "/setup/name", name="示范村便民服务站", parent_url="")

    def makes(self, **changes: str) -> TestResponse:
        person = {"name": "zhang", "display_name": "张示例", "password": PASSWORD, "again": PASSWORD}
        return self.sends("/setup/person", "/setup/person", **(person | changes))


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[NewPc]:
    pc = NewPc(tmp_path / "new")
    yield pc
    pc.installation.close()


def test_every_page_of_a_new_pc_leads_to_the_wizard(pc: NewPc) -> None:
    assert pc.opens("/").headers["Location"] == "/setup/"
    assert pc.opens("/accounts/sign-in").headers["Location"] == "/setup/"
    assert pc.opens("/healthz").json == {"service": "yimen", "state": "new"}


def test_the_wizard_makes_a_station_and_shows_its_recovery_code_once(pc: NewPc) -> None:
    pc.answers_all_but_the_person()

    answer = pc.makes()

    assert answer.status_code == 200
    assert re.search(r"([0-9A-Z]{5}-){4}[0-9A-Z]{5}", answer.text)
    facts = pc.installation.facts
    assert facts is not None and (facts.level, facts.division) == ("village", "440205100201")
    assert pc.opens("/accounts/me").status_code == 200, "the administrator is signed in"


def test_the_wizard_is_closed_once_there_is_a_station(pc: NewPc) -> None:
    pc.answers_all_but_the_person()
    pc.makes()

    assert pc.opens("/setup/").status_code == 409
    assert pc.opens("/setup/person").status_code == 409


def test_without_the_code_nobody_sets_the_station_up(pc: NewPc) -> None:
    assert pc.opens("/setup/").status_code == 403
    assert pc.opens("/setup/?code=WRONG").status_code == 403
    assert pc.opens("/setup/person").status_code == 403


def test_another_machine_cannot_set_the_station_up_even_with_the_code(pc: NewPc) -> None:
    answer = pc.opens(f"/setup/?code={CODE}", address="192.168.1.7")

    assert answer.status_code == 403
    assert "本机" in answer.text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"password": "short", "again": "short"}, "太弱"),
        ({"password": PASSWORD, "again": "different 42 x"}, "两次要相同"),
        ({"password": "zhang zhang 12", "again": "zhang zhang 12"}, "含有账号名"),
        ({"name": "a b!"}, "账号名应为"),
        ({"display_name": ""}, "请填写姓名"),
    ],
)
def test_a_refused_administrator_leaves_no_half_station(
    pc: NewPc, changes: dict[str, str], told: str
) -> None:
    pc.answers_all_but_the_person()

    answer = pc.makes(**changes)

    assert answer.status_code == 422
    assert told in answer.text
    assert pc.installation.facts is None
    assert not (pc.installation.settings.data_folder / "vault.json").exists()
    assert not (pc.installation.settings.data_folder / "station.db").exists()


def test_a_place_of_another_level_is_refused(pc: NewPc) -> None:
    pc.opens(f"/setup/?code={CODE}")
    pc.sends("/setup/level", "/setup/", level="village")

    answer = pc.sends("/setup/place", "/setup/place?within=440205100000", division="440205000000")

    assert answer.status_code == 422
    assert "级别不符" in answer.text


def test_a_place_is_found_by_its_name(pc: NewPc) -> None:
    pc.opens(f"/setup/?code={CODE}")
    pc.sends("/setup/level", "/setup/", level="township")

    assert "韶关市曲江区马坝镇" in pc.opens("/setup/place?words=马坝").text


def test_a_hall_address_that_is_none_is_refused_beside_its_field(pc: NewPc) -> None:
    pc.opens(f"/setup/?code={CODE}")
    pc.sends("/setup/level", "/setup/", level="village")
    pc.sends("/setup/place", "/setup/place?within=440205100000", division="440205100201")

    answer = pc.sends("/setup/name", "/setup/name", name="示范村", parent_url="javascript:alert(1)")

    assert answer.status_code == 422
    assert "http" in answer.text


def test_a_founding_that_a_power_cut_interrupted_starts_over(pc: NewPc) -> None:
    folder = pc.installation.settings.data_folder
    folder.mkdir()
    for name in ("founding", "vault.json", "station.db"):
        (folder / name).write_bytes(b"half")
    pc.answers_all_but_the_person()

    assert pc.makes().status_code == 200
