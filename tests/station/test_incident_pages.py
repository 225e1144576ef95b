"""What the mail noticed is told to a person with what happened, what was done and what there is to decide."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from station import audit
from station.app import create_app
from station.backup import make_backup, unpack
from station.node import Installation
from station.settings import Settings
from sync import outbox
from sync.incidents import Cause, open_incidents, report
from sync.rows import write
from sync.tables import Aside
from tests.station.hall_desk import HallDesk
from tests.station.joined import accept_notes, writes
from tests.tools.counter import FAST, PASSWORD, Counter


@pytest.fixture
def town(tmp_path: Path) -> Iterator[HallDesk]:
    town = HallDesk(tmp_path)
    accept_notes(town.hall.node)
    yield town
    town.closes()


@pytest.fixture
def twin(town: HallDesk, tmp_path: Path) -> Iterator[Counter]:
    """The village's disk, copied into a second PC; both took in a case before they met the hall again."""
    town.arrives(token="1" * 32)
    village = town.village
    village.installation.close()
    copytree(village.settings.data_folder, tmp_path / "twin")
    village.installation.unlock("agent", PASSWORD)
    twin = Counter.__new__(Counter)
    twin.time, twin.settings = village.time, Settings(tmp_path / "twin", argon2=FAST)
    twin.installation = Installation(twin.settings, twin.time.clock())
    twin.installation.unlock("agent", PASSWORD)
    twin.app = create_app(twin.installation)
    twin.browser = twin.app.test_client()
    writes(twin, town.hall, "ab" * 16)
    town.arrives(token="2" * 32)
    town.village = twin
    town.carries("usb")
    town.village = village
    yield twin
    twin.closes()


def acts(at: Counter) -> list[str]:
    with at.node.using():
        return [line.act for line in audit.AuditLine.select().order_by(audit.AuditLine.number)]


def second_of(hall: Counter) -> str:
    with hall.node.using():
        return str(Aside.get(Aside.why == "fork").hash)


def noticed(at: Counter, cause: Cause, detail: str = "") -> None:
    with at.node.using(), write():
        report(cause, detail or "ab" * 16, at.time.at)
    at.signs_in("boss")


@pytest.mark.parametrize("cause", list(Cause))
def test_every_kind_says_what_happened_what_was_done_and_what_is_asked(town: HallDesk, cause: Cause) -> None:
    noticed(town.village, cause, f"{town.hall.node.facts.node_id} {'0' * 16}")

    page = town.village.opens("/mailroom/aside").text

    assert all(word in page for word in ("怎么回事", "程序已做", "请您决定"))
    assert town.hall.node.facts.name in page


def test_a_second_version_stands_beside_the_first_and_can_be_accepted(town: HallDesk, twin: Counter) -> None:
    town.hall.signs_in("boss")
    page = town.hall.opens("/mailroom/aside").text
    assert "先到的一份" in page and "第二份" in page and "高龄老人津贴申请" in page

    told = town.hall.sends(f"/mailroom/second/{second_of(town.hall)}/accept")

    assert told.status_code == 302
    assert "先到的一份" not in town.hall.opens("/mailroom/aside").text
    assert "mail.second_accepted" in acts(town.hall)
    with town.hall.node.using():
        assert [incident.kind for incident in open_incidents()] == []


def test_setting_a_second_version_aside_needs_a_reason(town: HallDesk, twin: Counter) -> None:
    town.hall.signs_in("boss")
    name = second_of(town.hall)
    path = f"/mailroom/second/{name}/refuse"

    refused = town.hall.sends(path)
    assert refused.status_code == 422 and f'href="#reason-{name[:8]}"' in refused.text

    assert town.hall.sends(path, {f"reason-{name[:8]}": "窗口核对过"}).status_code == 302
    with town.hall.node.using():
        row = Aside.get(Aside.hash == name)
        assert (row.decision, row.reason) == ("refused", "窗口核对过")
    assert "mail.second_refused" in acts(town.hall)
    assert town.hall.sends(path, {f"reason-{name[:8]}": "再来"}).status_code == 404


def test_the_copy_of_a_disk_stops_taking_in_and_still_sends_what_it_wrote(
    town: HallDesk, twin: Counter
) -> None:
    twin.signs_in("boss")
    with twin.node.using():
        [incident] = [one for one in open_incidents() if one.kind == Cause.SENT_AHEAD]
    assert "这是复制出来的电脑" in twin.opens("/mailroom/aside").text
    assert twin.sends(f"/mailroom/incidents/{incident.id}/copy").status_code == 422

    twin.sends(f"/mailroom/incidents/{incident.id}/copy", sure="1")

    village, town.village = town.village, twin
    with pytest.raises(Exception, match="复制出来的电脑"):
        town.takes_in(token="3" * 32)
    town.carries()
    town.village = village
    with twin.node.using():
        assert outbox.counts().queued == 0
    assert "本机不能再办件" in twin.opens("/mailroom/aside").text
    assert "mail.declared_copy" in acts(twin)


def test_a_mistaken_declaration_can_be_undone(town: HallDesk) -> None:
    noticed(town.village, Cause.SENT_AHEAD, town.hall.node.facts.node_id)
    town.village.sends("/mailroom/incidents/1/copy", sure="1")

    town.village.sends("/mailroom/copy/undo")

    assert town.takes_in(token="3" * 32).cases
    assert "mail.declared_original" in acts(town.village)


def test_the_first_pc_ticks_it_off_and_works_on(town: HallDesk) -> None:
    noticed(town.village, Cause.SENT_FORK, town.hall.node.facts.node_id)
    assert "本机是原来的电脑" in town.village.opens("/mailroom/aside").text

    town.village.sends("/mailroom/incidents/1/resolve")

    assert town.takes_in(token="3" * 32).cases
    assert "本机是原来的电脑" not in town.village.opens("/mailroom/aside").text


def test_an_agent_reads_it_but_decides_nothing(town: HallDesk, twin: Counter) -> None:
    twin.signs_in("agent")

    assert "怎么回事" in twin.opens("/mailroom/aside").text
    assert "/copy" not in twin.opens("/mailroom/aside").text
    for path in ("incidents/1/copy", "copy/undo", "incidents/1/resolve", f"second/{'0' * 64}/accept"):
        assert twin.sends(f"/mailroom/{path}", sure="1").status_code == 403


def test_what_is_still_to_come_back_is_counted(town: HallDesk, tmp_path: Path) -> None:
    with town.village.node.using():
        make_backup(town.village.node, tmp_path / "a.backup", by="boss", now=town.village.time.at)
    town.arrives(token="1" * 32)
    village = town.village
    village.installation.close()
    unpack(tmp_path / "a.backup", tmp_path / "again")
    village.installation = Installation(Settings(tmp_path / "again", argon2=FAST), village.time.clock())
    village.installation.unlock("agent", PASSWORD)
    village.app = create_app(village.installation)
    village.browser = village.app.test_client()
    town._carries_one_way(town.hall, village, "usb", with_files=False)
    village.signs_in("boss")
    assert "没有取回" in village.opens("/mailroom/aside").text

    town.carries("usb")

    assert "本机写过的信已全部取回" in village.opens("/mailroom/aside").text
    town.hall.signs_in("boss")
    assert "恢复过备份" in town.hall.opens("/fleet/").text


def test_a_restored_hall_says_so_on_its_page_of_stations(town: HallDesk, tmp_path: Path) -> None:
    hall = town.hall
    with hall.node.using():
        make_backup(hall.node, tmp_path / "hall.backup", by="boss", now=hall.time.at)
    hall.installation.close()
    unpack(tmp_path / "hall.backup", tmp_path / "again")
    hall.installation = Installation(Settings(tmp_path / "again", argon2=FAST), hall.time.clock())
    hall.installation.unlock("boss", PASSWORD)
    hall.app = create_app(hall.installation)
    hall.browser = hall.app.test_client()
    hall.signs_in("boss")

    assert "从备份恢复" in hall.opens("/fleet/").text
