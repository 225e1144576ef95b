"""Joining a hall: by its one-time code over the link, or by files where there is none.

After joining the node knows the hall's keys, its own certificate, and the hash of the catalog's first
root. With that hash it takes the root itself from the hall (or a stick), and trusts the catalog from
then on.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.sources import Source
from catalog_cache.errors import CatalogError
from station import audit
from station.adoption import note_adoption, settled
from station.cases.place import place_of
from station.cases.replay import tell_again
from station.corrections import service as corrections
from station.errors import InputRefused, JoinRefused
from station.facts import clean_url, save_facts
from station.hall.fleet import service as fleet
from sync import enrolment
from sync.enrolment import Granted, NewCode
from sync.keys import Statement
from sync.register import peer, record_of
from sync.rows import write
from sync.transport import Transport

if TYPE_CHECKING:
    from station.node import Node

ROOT_KEY = "catalog_root"
FIRST_ROOT = "1.root.json"
ROOT_BYTES_MAX = 512 * 1024
FILE_BYTES_MAX = 64 * 1024
ENROL_PATH = "/sync/v1/enrol"


def make_code(node: "Node", division: str, by: str, replaces: str = "") -> NewCode:
    """A one-time code for the station of a division, shown once. Raises BadForm, InputRefused.

    replaces: node id, or its first 8 characters or more, of the dead PC whose place the new one takes.
    """
    now = node.clock.now()
    replaced = fleet.station_named(node.facts.node_id, replaces, division, now).node_id if replaces else ""
    return fleet.admit(division, by=by, now=now, replaces=replaced)


def ask(node: "Node", code: str) -> Statement:
    """The signed request to join with a code; to be sent, or saved for a stick. Raises CodeRefused."""
    facts = node.facts
    own = record_of(node.keys, facts.node_id, facts.level, facts.name, facts.division)
    return enrolment.request(node.keys, own, code, node.clock.now())


def join(node: "Node", code: str, url: str, transport: Transport) -> Granted:
    """Ask the hall at `url` and take its grant. Raises JoinRefused, SyncError; nothing changes then."""
    url = clean_url(url)
    body = ask(node, code).to_json().encode()
    answer = transport.request("POST", ENROL_PATH, {"Content-Type": "application/json"}, body)
    if answer.status != 200:
        raise JoinRefused(answer.why or _told_why(answer.body, answer.status))
    return accept(node, Statement.from_json(answer.body), url)


def accept(node: "Node", granted: Statement, url: str = "") -> Granted:
    """Take a grant that came over the link or in a file. Raises GrantRefused; nothing changes then."""
    now = node.clock.now()
    with write():
        taken = enrolment.accept(node.keys, granted, now, node.facts.node_id)
        if taken.node.node_id != node.facts.node_id:
            note_adoption(taken.node.node_id)
        node.note_trust(taken.beside.get(ROOT_KEY, ""))
        audit.record("", "node.joined", taken.hall.node_id, now=now, hall=taken.hall.name)
    node.clock.learn(taken.at)
    facts = settled(node.settings.data_folder, node.facts)
    if url:
        facts = facts.with_parent(url)
        save_facts(node.settings.data_folder, facts)
    node.go_by(facts, node.keys)
    node.wake()
    return taken


def answer(node: "Node", asked: Statement, by: str) -> Statement:
    """A hall's grant for a request. Raises CodeRefused, EnrolmentRefused, OddKey, BadSignature, BadForm."""
    now = node.clock.now()
    granted = enrolment.grant(node.keys, peer(node.facts.node_id).record, asked, now, beside(node))
    _tell_again(node, asked, granted)
    audit.record(by, "enrolment.granted", "", now=now)
    return granted


def answer_bytes(node: "Node", body: bytes) -> bytes:
    """What POST /sync/v1/enrol answers. Raises what `answer` raises, and TooLarge."""
    own = peer(node.facts.node_id).record
    answer = enrolment.answer_request(node.keys, own, body, node.clock.now(), beside(node))
    _tell_again(node, Statement.from_json(body), Statement.from_json(answer))
    return answer


def _tell_again(node: "Node", asked: Statement, granted: Statement) -> None:
    """A new PC in the place of a dead one is also told what was erased here after its time."""
    named = [json.loads(one.body_bytes)["node"]["node_id"] for one in (asked, granted)]
    if named[0] != named[1]:
        with write():
            tell_again(place_of(node), named[1])
            corrections.tell_again(place_of(node), named[1])


def beside(node: "Node") -> dict[str, str]:
    """What a hall vouches for beside the keys: the hash of its catalog's first root, once there is one."""
    path = node.repository_folder / "metadata" / FIRST_ROOT
    try:
        return {ROOT_KEY: sha256(path.read_bytes()).hexdigest()}
    except OSError:
        return {}


def read_statement(path: Path) -> Statement:
    """A request or grant from a file. Raises InputRefused, BadForm."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise InputRefused(str(path), "文件读不出来。", "请核对文件位置后重试。") from error
    if len(data) > FILE_BYTES_MAX:
        raise InputRefused(str(path), "文件太大，不是申请或准入文件。", "请选择正确的文件。")
    return Statement.from_json(data.strip())


def _told_why(body: bytes, status: int) -> str:
    """The hall's own words for its refusal, bounded, else its status."""
    try:
        told = json.loads(body)["why"]
    except (ValueError, KeyError, TypeError, RecursionError):
        told = None
    return told[:300] if isinstance(told, str) else f"大厅的答复是 {status}。"


def trust_catalog(node: "Node", source: Source) -> str:
    """Take the root that has the hash in our grant; "" when it is trusted now, else why not yet."""
    expected = node.trusted_root()
    if not expected:
        return "大厅还没有告知目录的根证书。"
    try:
        root = source.metadata(FIRST_ROOT, ROOT_BYTES_MAX)
        if sha256(root).hexdigest() != expected:
            return "送来的根证书与准入文件不符，没有采用。"
        TufClient(node.metadata_folder, source, None).init(root)
    except CatalogError as error:
        return error.why
    return ""
