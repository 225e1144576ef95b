"""From a report to the signed version that mends it, through the desk's own pages."""

import re
from dataclasses import replace
from pathlib import Path

from station.cases.place import place_of
from station.corrections import book, service
from station.corrections.letters import State, Verdict
from station.corrections.service import Fault
from station.hall.publishing import draft
from sync.exchange import give, take
from tests.station.corrections.town import installs
from tests.station.joined import join
from tests.station.publishing_desk import ITEMS, PublishingDesk
from tests.station.test_layers_desk import LayeredDesk
from tests.tools.counter import Counter

ITEM = ITEMS[0]
DESK = "/publishing/corrections"


def test_signing_the_draft_entry_closes_the_report_that_led_to_it(
    tmp_path: Path, hall: Counter, station: Counter
) -> None:
    desk = PublishingDesk(hall, tmp_path)
    desk.has_its_keys()
    assert desk.publishes().status_code == 302
    join(station, hall)
    material = ITEM.materials[0].id
    ids = [_reports(hall, station, number, f"materials.{material}") for number in (1, 2)]
    desk.signs_in("editor")
    page = hall.opens(f"{DESK}/{ids[0]}").text
    assert "与现行相同" in page
    address = re.search(r'href="(/publishing/entries/[^"#]+)#([^"]+)"', page)
    assert address is not None
    entry = hall.opens(address[1]).text
    assert f'id="{address[2]}"' in entry
    assert entry.count("：早就不收了") == 2

    assert hall.sends(f"{DESK}/{ids[0]}", verdict="taken_up", seen="0").status_code == 302
    _publishes_with(desk, phone="0751-1234567")
    assert _state(hall, ids[0]) is State.TAKEN_UP
    _publishes_with(desk, notes="只看原件")

    assert _state(hall, ids[0]) is State.MENDED
    assert _state(hall, ids[1]) is State.OPEN
    with hall.node.using():
        row = book.row(ids[0])
        last = book.letters_of(ids[0])[-1]
    assert (row.version, last.to_dict()["verdict"]) == (3, Verdict.MENDED)
    _carries(hall, station)
    assert _state(station, ids[0]) is State.MENDED


def test_what_the_city_mends_reaches_the_station_with_the_countys_next_version(
    tmp_path: Path, hall: Counter, station: Counter
) -> None:
    desk = LayeredDesk(hall, tmp_path)
    desk.has_its_keys()
    desk.city_publishes(1, *ITEMS)
    assert desk.signs_what_is_there().status_code == 302
    join(station, hall)
    report_id = _reports(hall, station, 1, "phone")
    assert "市级事项，本县还没有认领" in hall.opens(f"{DESK}/{report_id}").text
    assert hall.sends(f"{DESK}/{report_id}", verdict="taken_up", seen="0").status_code == 302

    desk.city_publishes(2, replace(ITEM, phone="0751-7654321"), *ITEMS[1:])
    assert _state(hall, report_id) is State.TAKEN_UP
    assert desk.signs_what_is_there().status_code == 302

    with hall.node.using():
        row = book.row(report_id)
    assert (row.state, row.version) == (State.MENDED, 2)


def _publishes_with(desk: PublishingDesk, **given: str) -> None:
    """The editor changes one field of the item and the version goes out."""
    desk.signs_in("editor")
    with desk.hall.node.using():
        seen = draft.entry_row(ITEM.code).sha256
    fields = {"materials-0-notes" if name == "notes" else name: value for name, value in given.items()}
    saved = desk.hall.sends(f"/publishing/entries/{ITEM.code}", {"seen": seen, **fields})
    assert saved.status_code == 302, saved.text
    desk.has_approval()
    assert desk.sends("sign", passphrase=desk.passphrase).status_code == 302


def _reports(hall: Counter, station: Counter, number: int, element: str) -> str:
    report_id = f"{number:032x}"
    with station.node.using():
        fault = Fault(element, "早就不收了")
        place = place_of(station.node)
        installs(station, 1, ITEMS)
        service.report(place, ITEM, fault, report_id=report_id, by="示例员")
    _carries(station, hall)
    return report_id


def _carries(sender: Counter, receiver: Counter) -> None:
    with sender.node.using():
        data = give(sender.node.mailbox, receiver.node.facts.node_id).data
    with receiver.node.using():
        take(receiver.node.mailbox, data, "link")


def _state(counter: Counter, report_id: str) -> State:
    with counter.node.using():
        return State(book.row(report_id).state)


def test_an_entry_that_was_taken_out_of_the_draft_is_not_called_the_same_as_in_force(
    tmp_path: Path, hall: Counter, station: Counter
) -> None:
    desk = PublishingDesk(hall, tmp_path)
    desk.has_its_keys()
    assert desk.publishes().status_code == 302
    join(station, hall)
    report_id = _reports(hall, station, 1, "phone")
    desk.signs_in("editor")
    with hall.node.using():
        draft.remove_entry(ITEM.code, by="editor", now=hall.time.at)

    page = hall.opens(f"{DESK}/{report_id}").text
    assert "草稿里已移出" in page and "与现行相同" not in page
