"""The publishing desk, from a table to a signed version, by two people."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalog_cache.distribution.update import signed_file, verify_installed
from catalog_cache.files import only_one
from station.audit import AuditLine
from station.hall.publishing import draft, release
from station.hall.publishing.models import DraftEntry, Review, Version
from sync import register
from sync.keys import NodeKeys
from sync.register import record_of
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.tools.counter import Counter

FIRST = ITEMS[0]


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    desk = PublishingDesk(hall, tmp_path)
    desk.has_its_keys()
    return desk


@pytest.fixture
def keyless(hall: Counter, tmp_path: Path) -> PublishingDesk:
    """A desk whose keys nobody has made yet."""
    return PublishingDesk(hall, tmp_path)


def test_a_version_is_made_by_two_people_and_used_by_the_hall_itself(desk: PublishingDesk):
    answer = desk.publishes()

    assert answer.status_code == 302, answer.text
    page = desk.opens("history")
    assert "第 1 版" in page and "编辑示例 / 发布示例 / 发布示例" in page
    catalog = desk.hall.node.catalog.current()
    assert catalog is not None
    assert (catalog.version, catalog.count) == (1, len(ITEMS))
    assert catalog.publisher_name == desk.hall.node.facts.name


def test_what_was_published_is_signed_as_every_station_will_check_it(desk: PublishingDesk):
    desk.publishes()
    data = desk.hall.node.settings.data_folder
    pack = release.Desk.of(desk.hall.node).repository.content("pack.jsonl")

    assert verify_installed(data / "catalog" / "metadata", pack).is_proved
    assert desk.hall.opens("/catalog/metadata/timestamp.json").status_code == 200


def test_the_node_register_goes_out_signed_beside_the_catalog(desk: PublishingDesk):
    hall = desk.hall.node
    record = record_of(NodeKeys.generate(), "a" * 32, "village", "示范村", "440205103201", hall.facts.node_id)
    with hall.using():
        register.remember(record, b"", desk.hall.time.at)
        register.revoke("a" * 32, 7, desk.hall.time.at)
    desk.publishes()

    metadata = hall.settings.data_folder / "catalog" / "metadata"
    data = signed_file(metadata, f"county/{hall.facts.division}/nodes.json")
    nodes = {node["node_id"]: node for node in json.loads(data or b"{}")["nodes"]}

    assert hall.facts.node_id in nodes
    assert nodes["a" * 32]["state"] == "revoked"
    assert nodes["a" * 32]["keys"][0]["trusted_upto"] == {"instance": "", "seq": 7}


def test_the_second_version_holds_what_was_changed_in_between(desk: PublishingDesk):
    desk.publishes()
    desk.hall.time.passes(days=1)
    desk.publishes(replace(FIRST, place="新政务大楼一楼"))

    catalog = desk.hall.node.catalog.current()
    assert catalog is not None and catalog.version == 2
    assert catalog.item(FIRST.code).place == "新政务大楼一楼"
    page = desk.opens("history/2")
    assert "办理地点" in page and "新政务大楼一楼" in page


def test_the_sender_cannot_approve(desk: PublishingDesk):
    desk.imports(ITEMS)
    sent = desk.sends("submit")
    number = sent.location.rpartition("/")[2]

    answer = desk.sends(f"reviews/{number}", decision="approve")

    assert answer.status_code == 409
    assert "送审人不能审核" in answer.text
    assert "不能审核自己送的" in desk.opens(f"reviews/{number}")


def test_somebody_who_changed_the_draft_cannot_approve_it_either(desk: PublishingDesk):
    desk.imports(ITEMS[:3])
    desk.signs_in("publisher")
    desk.imports(ITEMS[3:])
    desk.signs_in("editor")
    sent = desk.sends("submit")
    desk.signs_in("publisher")

    answer = desk.sends(sent.location.removeprefix("/publishing/"), decision="approve")

    assert answer.status_code == 409
    assert "您改过这份草稿" in answer.text


def test_a_change_after_the_approval_needs_a_new_approval(desk: PublishingDesk):
    desk.imports(ITEMS)
    desk.has_approval()
    desk.signs_in("editor")
    desk.imports([replace(FIRST, place="别处")])
    desk.signs_in("publisher")

    answer = desk.sends("sign", passphrase=PASSPHRASE)

    assert answer.status_code == 409
    assert "审核通过" in answer.text
    assert desk.hall.node.catalog.current() is None


def test_nothing_is_signed_without_an_approval(desk: PublishingDesk):
    desk.imports(ITEMS)
    desk.signs_in("publisher")

    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 409
    assert desk.hall.opens("/publishing/sign").status_code == 409


def test_a_review_is_sent_back_only_with_a_reason(desk: PublishingDesk):
    desk.imports(ITEMS)
    sent = desk.sends("submit")
    desk.signs_in("publisher")
    path = sent.location.removeprefix("/publishing/")

    silent = desk.sends(path, decision="return")
    told = desk.sends(path, decision="return", words="高龄津贴的电话不对")

    assert silent.status_code == 422
    assert 'href="#words"' in silent.text
    assert told.status_code == 302
    assert "高龄津贴的电话不对" in desk.opens()


def test_a_review_is_decided_once(desk: PublishingDesk):
    desk.imports(ITEMS)
    desk.has_approval()

    answer = desk.sends("reviews/1", decision="approve")

    assert answer.status_code == 409
    assert "已经有结论" in answer.text


def test_a_wrong_passphrase_signs_nothing_and_leaves_the_approval_in_place(desk: PublishingDesk):
    desk.imports(ITEMS)
    desk.has_approval()

    wrong = desk.sends("sign", passphrase="not the passphrase")
    empty = desk.sends("sign", passphrase="")
    right = desk.sends("sign", passphrase=PASSPHRASE)

    assert (wrong.status_code, empty.status_code, right.status_code) == (422, 422, 302)
    assert "口令不对" in wrong.text and "not the passphrase" not in wrong.text
    catalog = desk.hall.node.catalog.current()
    assert catalog is not None and catalog.version == 1


def test_the_passphrase_is_kept_nowhere(desk: PublishingDesk):
    desk.publishes()
    folder = desk.hall.node.settings.data_folder

    assert not any(PASSPHRASE.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_without_keys_the_desk_says_what_to_prepare(keyless: PublishingDesk):
    keyless.imports(ITEMS)
    keyless.has_approval()

    assert "yimen catalog keys new" in keyless.opens()
    answer = keyless.sends("sign", passphrase=PASSPHRASE)
    assert answer.status_code == 409
    with keyless.hall.node.using():
        assert Version.select().count() == 0


def test_a_clock_that_leapt_ahead_is_asked_about_before_it_reaches_the_stations(desk: PublishingDesk):
    desk.publishes()
    desk.hall.time.passes(days=200)
    desk.signs_in("editor")
    desk.imports([replace(FIRST, place="别处")])
    desk.has_approval()

    asked = desk.sends("sign", passphrase=PASSPHRASE)
    checked = desk.sends("sign", passphrase=PASSPHRASE, clock="1")

    assert asked.status_code == 422 and "本机时间" in asked.text
    assert checked.status_code == 302
    catalog = desk.hall.node.catalog.current()
    assert catalog is not None and catalog.version == 2


def test_a_power_cut_after_the_files_went_out_is_settled_at_the_next_look(desk: PublishingDesk):
    desk.publishes()
    with desk.hall.node.using():
        Version.update(state="signing").execute()
        Review.update(state="approved").execute()
        DraftEntry.update(published="", is_in_force=False, is_changed=True).execute()
        release.settle(release.Desk.of(desk.hall.node))

        assert Version.get().state == "published"
        assert Review.get().state == "published"
        assert not draft.counts().is_changed


def test_a_power_cut_before_the_files_went_out_leaves_the_approved_draft(desk: PublishingDesk):
    desk.imports(ITEMS)
    desk.has_approval()
    with desk.hall.node.using():
        node = desk.hall.node
        Version.create(
            number=1,
            review=1,
            sha256="0" * 64,
            entries=1,
            published_by="publisher",
            published_at=desk.hall.time.at,
            valid_until=desk.hall.time.at,
        )
        release.settle(release.Desk.of(node))
        assert Version.select().count() == 0

    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302


def test_pressing_sign_again_after_a_power_cut_makes_no_second_version(desk: PublishingDesk):
    desk.publishes()
    with desk.hall.node.using():
        Version.update(state="signing").execute()
        Review.update(state="approved").execute()
        DraftEntry.update(published="", is_in_force=False, is_changed=True).execute()

    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302
    with desk.hall.node.using():
        assert [version.number for version in release.history()] == [1]


def test_two_people_who_sign_at_the_same_moment_make_one_version(desk: PublishingDesk):
    desk.imports(ITEMS)
    desk.has_approval()
    with only_one(desk.hall.node.settings.data_folder / "repository" / ".release"):
        answer = desk.sends("sign", passphrase=PASSPHRASE)

    assert answer.status_code == 409
    assert "另一个人正在签发" in answer.text
    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302


def test_anybody_may_read_the_signed_files_without_signing_in(desk: PublishingDesk):
    desk.publishes()
    stranger = desk.hall.app.test_client()

    assert stranger.get("/catalog/metadata/timestamp.json").status_code == 200
    assert stranger.get("/catalog/.release").status_code == 404


def test_only_editors_and_publishers_come_to_the_desk_and_only_a_publisher_signs(desk: PublishingDesk):
    assert desk.hall.opens("/publishing/sign").status_code == 403
    desk.signs_in("reviewer")
    for path in ("", "import", "lint", "diff", "history", f"entries/{FIRST.code}", "reviews/1"):
        assert desk.hall.opens(f"/publishing/{path}").status_code == 403
    assert desk.sends("submit").status_code == 403
    assert desk.uploads(b"x").status_code == 403


def test_the_desk_is_in_the_menu_of_a_county_for_those_who_work_there(desk: PublishingDesk):
    assert 'href="/publishing/"' in desk.opens()
    desk.signs_in("reviewer")
    assert 'href="/publishing/"' not in desk.hall.opens("/accounts/me").text


def test_every_act_is_in_the_log(desk: PublishingDesk):
    desk.publishes()
    with desk.hall.node.using():
        acts = [line.act for line in AuditLine.select() if line.act.startswith("catalog.")]
    assert acts == [
        "catalog.handover_adopted",
        "catalog.imported",
        "catalog.submitted",
        "catalog.approved",
        "catalog.published",
    ]
