"""A village that joined a township is known to the county, and knows the county, without anybody's doing."""

from dataclasses import replace

import pytest

from sync import introductions, outbox, register
from sync.errors import GrantRefused
from sync.keys import NodeKeys
from sync.outbox import Letter, LetterState
from sync.register import certify, record_of
from sync.rows import using, write
from tests.tools.mail_pair import PairNode
from tests.tools.mail_trio import NOW, Trio, joins


@pytest.fixture
def apart(tmp_path):
    """Three nodes that have not joined anything."""
    trio = Trio(tmp_path, is_joined=False)
    yield trio
    trio.closes()


@pytest.fixture
def joined(apart):
    """The township joined the county by a code, then the village the township."""
    joins(apart.township, apart.county)
    joins(apart.village, apart.township)
    return apart


def known_at(node: PairNode, other: PairNode) -> register.Peer | None:
    with using(node.database):
        return register.Peer.get_or_none(register.Peer.node_id == other.node_id)


def posts_as_township(trio: Trio, kind: str, payload: dict) -> None:
    with using(trio.township.database), write():
        stamp = trio.township.clock.stamp()
        letter = Letter(to=trio.county.node_id, kind=kind, subject="", payload=payload, stamp=stamp)
        outbox.post(trio.township.keys, trio.township.node_id, letter)


def introduces(trio: Trio, record: register.NodeRecord) -> None:
    """The township vouches for a record, whatever it is."""
    certificate = certify(trio.township.keys, record)
    told = {"node": record.to_dict(), "certificate": introductions.base64.b64encode(certificate).decode()}
    posts_as_township(trio, introductions.INTRODUCED, told | {"keys": []})


def test_the_grant_of_a_township_brings_the_countys_keys_along(joined):
    county = known_at(joined.village, joined.county)

    assert county.record == joined.county.record
    with using(joined.village.database):
        assert register.hall_above(joined.village.node_id).node_id == joined.county.node_id


def test_the_first_letter_of_a_new_village_arrives_together_with_its_introduction(joined):
    joined.village.posts(joined.county, "c1")

    joined.goes_round()

    assert joined.county.effect_rows() == ["c1"]
    assert joined.village.state("c1") == LetterState.ACKNOWLEDGED
    assert known_at(joined.county, joined.village).parent == joined.township.node_id


def test_a_village_is_introduced_once(joined):
    for _ in range(3):
        joined.passes_on()

    with using(joined.township.database):
        assert [letter.kind for letter in outbox.letters()] == ["mail.introduced"]


def test_a_township_that_joins_later_tells_its_villages_of_the_county(apart):
    joins(apart.village, apart.township)
    assert known_at(apart.village, apart.county) is None
    joins(apart.township, apart.county)

    apart.passes_on()
    apart.visits()
    apart.village.posts(apart.county, "c1")
    apart.goes_round()

    assert apart.county.effect_rows() == ["c1"]


def test_a_village_whose_keys_the_township_withdrew_is_withdrawn_at_the_county(joined):
    joined.village.posts(joined.county, "c1")
    joined.goes_round()
    joined.village.posts(joined.county, "c2")
    joined.visits()
    with using(joined.township.database):
        register.revoke(joined.village.node_id, 0, NOW)

    joined.passes_on()

    assert known_at(joined.county, joined.village).state == register.PeerState.REVOKED
    assert joined.county.effect_rows() == ["c1"]
    assert [subject for subject, _ in joined.county.quarantine()] == ["c2"]


def test_a_township_cannot_introduce_a_village_of_another_township(joined):
    keys = NodeKeys.generate()
    joined.passes_on()

    introduces(joined, record_of(keys, "9" * 32, "village", "别镇", "440205105201", joined.township.node_id))
    joined.passes_on()

    assert [reason for _, reason in joined.county.quarantine()][0].count("区划之内") == 1


def test_a_township_cannot_give_other_keys_to_a_station_of_the_county_itself(joined):
    direct = PairNode(7, "village", joined.folder)
    joins(direct, joined.county)
    joined.passes_on()

    stolen = replace(
        direct.record, parent=joined.township.node_id, signing_key=NodeKeys.generate().signing_public
    )
    introduces(joined, stolen)
    joined.passes_on()

    assert known_at(joined.county, direct).record.signing_key == direct.record.signing_key
    assert "由别处登记" in joined.county.quarantine()[0][1]


def test_a_township_cannot_withdraw_a_station_of_the_county_itself(joined):
    direct = PairNode(7, "village", joined.folder)
    joins(direct, joined.county)
    joined.passes_on()

    told = {"node": direct.node_id, "keys": [direct.keys.key_id]}
    posts_as_township(joined, introductions.WITHDRAWN, told)
    joined.passes_on()

    assert known_at(joined.county, direct).state == register.PeerState.ACTIVE
    assert len(joined.county.quarantine()) == 1


def test_a_village_introduces_nobody(joined):
    joined.goes_round()
    keys = NodeKeys.generate()
    record = record_of(keys, "9" * 32, "village", "冒名", "440205104209", joined.village.node_id)
    certificate = introductions.base64.b64encode(certify(joined.village.keys, record)).decode()
    with using(joined.village.database), write():
        payload = {"node": record.to_dict(), "certificate": certificate, "keys": []}
        stamp = joined.village.clock.stamp()
        to = joined.county.node_id
        letter = Letter(to=to, kind="mail.introduced", subject="", payload=payload, stamp=stamp)
        outbox.post(joined.village.keys, joined.village.node_id, letter)

    joined.goes_round()

    assert len(joined.county.quarantine()) == 1


def test_a_township_cannot_give_the_village_other_keys_for_the_county(joined):
    joined.goes_round()
    forged = replace(joined.county.record, sealing_key=NodeKeys.generate().sealing_public)
    with using(joined.township.database), write():
        stamp = joined.township.clock.stamp()
        payload = {"above": [forged.to_dict()]}
        to = joined.village.node_id
        letter = Letter(to=to, kind="mail.above", subject="", payload=payload, stamp=stamp)
        outbox.post(joined.township.keys, joined.township.node_id, letter)

    joined.visits()

    assert known_at(joined.village, joined.county).record.sealing_key == joined.county.record.sealing_key
    assert "密钥与本机登记的不同" in joined.village.quarantine()[0][1]


def test_halls_that_do_not_follow_each_other_are_refused_in_a_grant(apart):
    with using(apart.township.database):
        strange = replace(apart.county.record, division="990205104201")
        register.remember(strange, b"", NOW)
        own = register.Peer.node_id == apart.township.node_id
        register.Peer.update(parent=apart.county.node_id).where(own).execute()

    with pytest.raises(GrantRefused):
        joins(apart.village, apart.township)
    assert known_at(apart.village, apart.county) is None


def test_a_replaced_village_pc_is_known_to_the_county_by_its_new_keys_alone(joined):
    joined.village.posts(joined.county, "c1")
    joined.goes_round()
    old = joined.village.keys.key_id
    with using(joined.township.database):
        register.PeerKey.update(revoked_at=NOW).where(
            register.PeerKey.node_id == joined.village.node_id
        ).execute()
        fresh = NodeKeys.generate()
        node = record_of(fresh, joined.village.node_id, "village", "节点3", joined.village.record.division)
        node = replace(node, parent=joined.township.node_id)
        register.remember(node, certify(joined.township.keys, node), NOW)

    joined.passes_on()

    assert known_at(joined.county, joined.village).record.key_id == fresh.key_id
    with using(joined.county.database):
        held = register.PeerKey.get(register.PeerKey.key_id == old)
        assert held.revoked_at is not None
        assert held.trusted_seq == 1


def test_whoever_answers_at_the_configured_address_is_spoken_to_by_its_own_name(joined):
    """The village's line is laid to the county now: same courier, no new setting."""
    joined.village.posts(joined.county, "c1")
    joined.goes_round()
    joined.to_township.hall = joined.county
    joined.village.posts(joined.county, "c2")

    assert joined.visits().state == "ok"
    assert joined.village.state("c2") == LetterState.ACKNOWLEDGED
    assert [arrived.path for arrived in joined.county.effects] == ["relay", "link"]

    joined.to_township.hall = joined.township
    assert joined.visits().state == "ok"
