"""A client of the counter's doors that is logged in as the station of a pair."""

import base64
from typing import Any

from sync.attachments import StoredFile
from sync.keys import NodeKeys
from sync.session import answer_nonce
from tests.tools.mail_pair import Pair

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK_TYPE = "application/offset+octet-stream"


class Caller:
    """Header names are given as keywords, with _ for -."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.client = pair.hall.client
        self.headers = {"Authorization": "Bearer " + self.logs_in().json["token"]}

    def nonce(self) -> str:
        return self.client.post("/sync/v1/exchange").json["nonce"]

    def logs_in(self, keys: NodeKeys | None = None, hall: str = "", nonce: str = "", node: str = "") -> Any:
        station = self.pair.station
        signed = answer_nonce(
            keys or station.keys,
            node or station.node_id,
            hall or self.pair.hall.node_id,
            nonce or self.nonce(),
            station.now,
        )
        return self.client.post("/sync/v1/session", data=signed.to_json())

    def opens(self, path: str, method: str = "GET", data: bytes = b"", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(path, method=method, data=data, headers={**TUS, **self.headers, **named})

    def patches(self, scan: StoredFile, offset: int, data: bytes, **headers: str) -> Any:
        own = {"Upload_Offset": str(offset), "Content_Type": CHUNK_TYPE, **headers}
        return self.opens(f"/files/{scan.sha256}", "PATCH", data, **own)

    def creates(self, scan: StoredFile | None = None, data: bytes = b"", **headers: str) -> Any:
        """POST /files/; with `scan` its name stands in the metadata."""
        named = {"Upload_Metadata": metadata(sha256=scan.sha256)} if scan else {}
        return self.opens("/files/", "POST", data, **named, **headers)

    def offset(self, path: str) -> str:
        """What HEAD says."""
        return str(self.opens(path, "HEAD").headers.get("Upload-Offset"))


def metadata(**values: str) -> str:
    """As tus writes it."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def is_refusal(answer: Any, status: int) -> bool:
    """Refused with that status, in words."""
    return answer.status_code == status and all(answer.json[part] for part in ("what", "why", "next_step"))
