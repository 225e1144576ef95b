"""A line to one hall: it logs in when the hall asks for it, and counts what passes."""

import json
from collections.abc import Mapping
from typing import Any

from sync.errors import SyncError
from sync.mailbox import Mailbox
from sync.session import answer_nonce
from sync.transport import Answer, Transport

UNAUTHORISED = 401
OK = 200


class Line:
    """One node's line to one hall. round_trips, bytes_up, bytes_down: since `reset`."""

    def __init__(self, box: Mailbox, hall_id: str, transport: Transport) -> None:
        self._box = box
        self._hall_id = hall_id
        self._transport = transport
        self._token = ""
        self.reset()

    def reset(self) -> None:
        """Count from zero again."""
        self.round_trips = self.bytes_up = self.bytes_down = 0

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """One request, in our name; a hall that does not know us any more is given our signature once."""
        answer = self._send(method, path, headers, body)
        if answer.status != UNAUTHORISED:
            return answer
        login = self._log_in(answer)
        return self._send(method, path, headers, body) if login.status == OK else login

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        own = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        answer = self._transport.request(method, path, {**headers, **own}, body)
        self.round_trips += 1
        self.bytes_up += answer.bytes_up
        self.bytes_down += answer.bytes_down
        return answer

    def _log_in(self, challenge: Answer) -> Answer:
        """Sign the nonce, but only for the hall we belong to."""
        asked = _fields(challenge)
        if asked.get("hall") != self._hall_id:
            return Answer(UNAUTHORISED, why="对方不是本机所属的大厅，没有登录。")
        self._token = ""
        now = self._box.clock.now()
        try:
            signed = answer_nonce(
                self._box.keys, self._box.node_id, self._hall_id, str(asked.get("nonce")), now
            )
        except SyncError as error:
            return Answer(UNAUTHORISED, why=error.why)
        headers = {"Content-Type": "application/json"}
        answer = self._send("POST", "/sync/v1/session", headers, signed.to_json().encode())
        self._token = str(_fields(answer).get("token", "")) if answer.status == OK else ""
        return answer


def refusal_of(answer: Answer) -> str:
    """Why a request failed, in Chinese."""
    if answer.why:
        return answer.why
    fields = _fields(answer)
    return f"{fields.get('what', '')}{fields.get('why', '')}"[:400] or f"大厅答复了状态码 {answer.status}。"


def _fields(answer: Answer) -> dict[str, Any]:
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
