"""Makes docs/vectors/mail.json anew: python -m tests.tools.make_mail_vectors

One envelope, one acknowledgement, one login, one parcel and one tus upload, with fixed keys that are
everybody's to know. What is sealed is sealed afresh each time, so the bytes differ from run to run.
"""

import base64
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import Client

from sync import exchange, tables
from sync.depot import Depot
from sync.envelope import check_envelope
from sync.http import blueprint
from sync.keys import Statement
from sync.parcel import Parcel
from sync.sealing import Address, open_payload, unwrap_key
from sync.session import answer_nonce
from tests.tools.mail_node import MailNode
from tests.tools.make_bundle_vector import HALL_KEYS, VILLAGE_KEYS

FILE = Path(__file__).parents[2] / "docs" / "vectors" / "mail.json"
CHUNK = "application/offset+octet-stream"
SHOWN = ("Location", "Upload-Offset", "Upload-Length", "Tus-Resumable")


def make() -> dict[str, Any]:
    """All of it, as it stands in the file."""
    with tempfile.TemporaryDirectory() as name:
        hall = MailNode(1, "county", Path(name), HALL_KEYS)
        village = MailNode(2, "village", Path(name), VILLAGE_KEYS)
        village.joins(hall)
        village.writes(hall, "c1", {"applicant": "张示例"}, [b"scan " * 40])
        village.writes(hall, "c2", {"applicant": "李示例"})
        with village.at_work():
            parcel = exchange.give(village.box, hall.node_id).data
        with hall.at_work():
            exchange.take(hall.box, parcel, "link", village.node_id)
            answer = Parcel.from_bytes(exchange.give(hall.box, village.node_id).data)
        return {
            "about": "Made by tests/tools/make_mail_vectors.py; what each part is, docs/protocol.md says.",
            "keys": {"hall": _keys(hall), "village": _keys(village)},
            "envelope": _envelope(parcel, hall, village),
            "acknowledgement": answer.acks[0].to_dict(),
            "parcel": _parcel(parcel),
            "session": _session(hall, village),
            "tus": _tus(hall, village),
        }


def _keys(node: MailNode) -> dict[str, str]:
    return {
        "node_id": node.node_id,
        "signing_key": node.keys.signing_public.hex(),
        "sealing_key": node.keys.sealing_public.hex(),
    }


def _envelope(parcel: bytes, hall: MailNode, village: MailNode) -> dict[str, str]:
    """The first letter, and what its recipient finds in it."""
    made = Parcel.from_bytes(parcel).envelopes[0]
    header = check_envelope(made, village.keys.signing_public)
    address = Address(header.sender, header.instance, header.recipient, header.seal.epoch)
    key = unwrap_key(hall.keys, str(header.seal.kem), bytes(header.seal.enc or b""), address)
    plain = open_payload(key, address, header.seq, made.sealed, header.size)
    return {
        "header": made.header.decode(),
        "signature": made.signature.hex(),
        "sealed": made.sealed.hex(),
        "hash": made.hash,
        "stream_key": key.hex(),
        "plain": plain.decode(),
    }


def _parcel(data: bytes) -> dict[str, Any]:
    """The bytes as they travel, and the header texts that a reader puts together again."""
    read = Parcel.from_bytes(data)
    return {
        "bytes": base64.b64encode(data).decode(),
        "manifest": read.manifest.to_dict(),
        "headers": [made.header.decode() for made in read.envelopes],
    }


def _session(hall: MailNode, village: MailNode) -> dict[str, Any]:
    """What a stranger is answered, and what it signs."""
    challenge = _depot(hall).challenge()
    signed = answer_nonce(village.keys, village.node_id, hall.node_id, challenge["nonce"], village.now)
    return {"challenge": challenge, "login": signed.to_dict()}


def _tus(hall: MailNode, village: MailNode) -> dict[str, Any]:
    """An upload in two pieces, the first of them first damaged, then true; requests and answers."""
    with village.at_work():
        file = tables.SealedFile.get()
        sealed = b"".join(bytes(row.data) for row in tables.FileChunk.select())[: file.size]
    with hall.at_work():
        app = Flask("hall")
        app.register_blueprint(blueprint(_depot(hall)))
        client = Client(app)
        login = Statement.from_dict(_session(hall, village)["login"]).to_json()
        token = client.post("/sync/v1/session", data=login).json["token"]
        talk = [_exchanged(client, token, *request) for request in upload(file.sha256, sealed)]
    return {"sha256": file.sha256, "sealed": base64.b64encode(sealed).decode(), "talk": talk}


def upload(sha256: str, sealed: bytes) -> list[tuple[str, str, dict[str, str], bytes]]:
    """Method, path, headers and body of each request, but for Tus-Resumable and Authorization."""
    path, half = f"/files/{sha256}", len(sealed) // 2
    first, second = sealed[:half], sealed[half:]
    digest = base64.b64encode(hashlib.sha256(first).digest()).decode()
    sized = {"Upload-Length": str(len(sealed))}
    named = {"Upload-Metadata": f"sha256 {base64.b64encode(sha256.encode()).decode()}"}
    piece = {"Content-Type": CHUNK, "Upload-Offset": "0", "Upload-Checksum": f"sha256 {digest}"}
    rest = {"Content-Type": CHUNK, "Upload-Offset": str(half)}
    return [
        ("POST", "/files/", sized | named, b""),
        ("PATCH", path, piece, b"?" + first[1:]),
        ("PATCH", path, piece, first),
        ("HEAD", path, {}, b""),
        ("PATCH", path, piece, first),
        ("PATCH", path, rest, second),
        ("DELETE", path, {}, b""),
    ]


def _exchanged(
    client: Client, token: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> dict[str, Any]:
    own = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {token}"}
    answer = client.open(path, method=method, headers=headers | own, data=body)
    told = {name: answer.headers[name] for name in SHOWN if name in answer.headers}
    asked = {"method": method, "path": path, "headers": headers, "body": base64.b64encode(body).decode()}
    return asked | {"status": answer.status_code, "told": told}


def _depot(hall: MailNode) -> Depot:
    return Depot(hall.keys, hall.node_id, hall.box.handlers, hall.box.clock)


if __name__ == "__main__":
    FILE.write_text(json.dumps(make(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
