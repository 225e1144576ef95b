"""A village's PC died. A new one takes its place by a code, and its pages show the same cases."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from station import joining
from station.cases.fold import Stage
from station.cases.intake import take_in
from station.cases.models import Case
from station.cases.place import place_of
from station.cli import main
from station.errors import InputRefused
from station.facts import load_facts
from station.node import Installation
from sync import inbox, outbox
from sync.errors import GrantRefused
from sync.keys import Statement
from sync.tables import OutLetter
from tests.station.cases.samples import CLERK
from tests.station.cases.world import PASS_CARD, application, item
from tests.station.hall_desk import HallDesk
from tests.tools.counter import PASSWORD, VILLAGE, Counter


@pytest.fixture
def town(tmp_path: Path) -> Iterator[HallDesk]:
    """A hall and a village with two cases, one of them accepted; then the village's PC burns."""
    town = HallDesk(tmp_path)
    cases = [town.arrives(token=token * 32) for token in "12"]
    town.accepts(cases[0])
    town.carries()
    town.village.installation.close()
    yield town
    town.closes()


def old_id_of(town: HallDesk) -> str:
    """The node id of the village, whatever PC it is on."""
    facts = load_facts(town.village.settings.data_folder)
    assert facts is not None
    return facts.node_id


def code_of(town: HallDesk) -> str:
    """The code from the hall's page."""
    town.hall.signs_in("boss")
    page = town.hall.sends(f"/fleet/{old_id_of(town)}/replace", sure="1").text
    found = re.search(r'class="code">([2-9A-Z-]{9})<', page)
    assert found is not None
    return found[1]


def granted(town: HallDesk, new: Counter, code: str) -> Statement:
    with new.node.using():
        asked = joining.ask(new.node, code)
    with town.hall.node.using():
        return joining.answer(town.hall.node, asked, "boss")


def is_replaced(town: HallDesk, folder: Path) -> Counter:
    """The new PC, joined in the old one's place and at the desk of the village."""
    new = Counter(folder / "new")
    new.time.at = town.hall.time.at
    town.installs(new, item(), item(PASS_CARD))
    answer = granted(town, new, code_of(town))
    with new.node.using():
        joining.accept(new.node, answer)
    town.village = new
    return new


def test_the_same_cases_stand_on_the_pages_of_the_new_pc(town: HallDesk, tmp_path: Path) -> None:
    with town.hall.node.using():
        cases = [str(one.case_id) for one in Case.select().order_by(Case.received_at)]
    new = is_replaced(town, tmp_path)

    town.carries()
    new.signs_in()

    for case_id in cases:
        assert new.opens(f"/cases/{case_id}").status_code == 200
    assert {town.view_at_village(case_id).stage for case_id in cases} == {Stage.ACCEPTED, Stage.ARRIVED}
    with new.node.using():
        assert inbox.quarantined() == []
        assert outbox.counts().queued == 0


def test_what_the_hall_had_erased_after_its_time_is_told_again(town: HallDesk, tmp_path: Path) -> None:
    with town.hall.node.using():
        OutLetter.update(sealed=b"", erased_at=town.hall.time.at).execute()
    is_replaced(town, tmp_path)

    town.carries()
    town.carries()

    with town.hall.node.using():
        cases = [str(one.case_id) for one in Case.select()]
    assert {town.view_at_village(case_id).stage for case_id in cases} == {Stage.ACCEPTED, Stage.ARRIVED}


def test_the_new_pc_goes_by_the_old_name_after_a_restart_too(town: HallDesk, tmp_path: Path) -> None:
    old_id = old_id_of(town)
    new = is_replaced(town, tmp_path)
    assert new.node.facts.node_id == new.node.mailbox.node_id == old_id

    new.installation.close()
    again = Installation(new.settings, new.time.clock())
    again.unlock("agent", PASSWORD)

    assert again.node is not None and again.node.facts.node_id == old_id
    again.close()


def test_a_power_cut_between_database_and_facts_file_heals_at_the_next_start(
    town: HallDesk, tmp_path: Path
) -> None:
    new = Counter(tmp_path / "new")
    new.time.at = town.hall.time.at
    before = (new.settings.data_folder / "node.json").read_bytes()
    answer = granted(town, new, code_of(town))
    with new.node.using():
        joining.accept(new.node, answer)
    new.installation.close()
    (new.settings.data_folder / "node.json").write_bytes(before)

    again = Installation(new.settings, new.time.clock())
    node = again.unlock("agent", PASSWORD)
    found = load_facts(new.settings.data_folder)

    assert node.facts.node_id == old_id_of(town)
    assert found is not None and found.node_id == old_id_of(town)
    again.close()


def test_its_receipts_never_repeat_a_number_of_the_dead_pc(town: HallDesk, tmp_path: Path) -> None:
    with town.hall.node.using():
        used = {one.receipt_number for one in Case.select()}
    new = is_replaced(town, tmp_path)

    with new.node.using():  # before any contact: nothing of the dead PC is known yet
        first = take_in(place_of(new.node), application("8" * 32), CLERK).intake.receipt_number
    town.carries()
    with new.node.using():
        second = take_in(place_of(new.node), application("9" * 32), CLERK).intake.receipt_number

    assert len(used | {first, second}) == len(used) + 2
    assert first[12:14] == second[12:14] != "01"


def test_a_pc_with_letters_of_its_own_takes_nobody_s_place(town: HallDesk, tmp_path: Path) -> None:
    new = is_replaced(town, tmp_path)
    town.carries()
    answer = granted_for_another(town, new)

    with new.node.using(), pytest.raises(GrantRefused, match="已经有自己的信件"):
        joining.accept(new.node, answer)
    assert new.node.facts.node_id == town.village.node.facts.node_id


def granted_for_another(town: HallDesk, new: Counter) -> Statement:
    """A grant by which `new` would take the place of a second PC of the same division."""
    second = Counter(new.settings.data_folder.parent / "second")
    second.time.at = town.hall.time.at
    with town.hall.node.using():
        code = joining.make_code(town.hall.node, VILLAGE, "boss")
    answer = granted(town, second, code.text)
    with second.node.using():
        joining.accept(second.node, answer)
    with town.hall.node.using():
        code = joining.make_code(town.hall.node, VILLAGE, "boss", second.node.facts.node_id[:8])
    second.closes()
    return granted(town, new, code.text)


def test_the_command_makes_the_same_code(
    town: HallDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "password.txt").write_text(PASSWORD)
    words = ["enrol-code", "--for", VILLAGE, "--replaces", old_id_of(town)[:8], "--json"]
    folder = ["--dir", str(town.hall.settings.data_folder)]
    who = ["--account", "boss", "--password-file", str(tmp_path / "password.txt")]

    code = main([*words, *folder, *who])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["division"] == VILLAGE


@pytest.mark.parametrize("name", ["ffffffff", "ab", "%%%%%%%%"])
def test_a_name_that_is_no_station_of_the_division_is_refused(town: HallDesk, name: str) -> None:
    with town.hall.node.using(), pytest.raises(InputRefused):
        joining.make_code(town.hall.node, VILLAGE, "boss", name)


def test_the_page_asks_first_and_says_what_happens_to_the_old_pc(town: HallDesk) -> None:
    town.hall.signs_in("boss")
    path = f"/fleet/{old_id_of(town)}/replace"

    asked, refused = town.hall.opens(path), town.hall.sends(path)

    assert "密钥立即停用" in asked.text and 'class="code"' not in asked.text
    assert refused.status_code == 422 and 'href="#sure"' in refused.text
    town.hall.signs_in("reviewer")
    assert town.hall.sends(path, sure="1").status_code == 403
