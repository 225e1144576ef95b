"""A line to one hall: it logs in when the hall asks for it, and counts what passes."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync.errors import SyncError
from sync.mailbox import Mailbox
from sync.session import answer_nonce
from sync.transport import Answer, Transport

UNAUTHORISED = 401
OK = 200
_KNOCK: tuple[str, str, Mapping[str, str], bytes] = ("POST", "/sync/v1/exchange", {}, b"")
_TOKEN = re.compile(r"[0-9A-Za-z_.-]{1,200}")


@dataclass
class Pass:
    """The token of a session, shared by all lines to the same hall."""

    token: str = ""


class Line:
    """One node's line to one hall.

    round_trips, bytes_up, bytes_down: since `reset`. quickest_seconds: the quickest answer since then.
    other: the node that answered in its place the last time, "" when it was the hall itself.
    """

    def __init__(self, box: Mailbox, hall_id: str, transport: Transport, entry: Pass | None = None) -> None:
        self._box = box
        self._hall_id = hall_id
        self._transport = transport
        self._pass = entry or Pass()
        self.reset()

    def beside(self, transport: Transport) -> "Line":
        """Another line to the same hall, in the same session, over a connection of its own."""
        return Line(self._box, self._hall_id, transport, self._pass)

    def add(self, other: "Line") -> None:
        """Count what passed on another line as well."""
        self.round_trips += other.round_trips
        self.bytes_up += other.bytes_up
        self.bytes_down += other.bytes_down

    def close(self) -> None:
        """Let the connection go."""
        self._transport.close()

    def reset(self) -> None:
        """Count from zero again."""
        self.round_trips = self.bytes_up = self.bytes_down = 0
        self.other = ""
        self.quickest_seconds = math.inf

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """One request, in our name; a hall that does not know us any more is given our signature once.

        Without a session the hall is asked for its nonce first, so that no mail is carried in vain.
        """
        answer = self._send(method, path, headers, body) if self._pass.token else self._send(*_KNOCK)
        if answer.status != UNAUTHORISED:
            return answer
        login = self._log_in(answer)
        return self._send(method, path, headers, body) if login.status == OK else login

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        token = self._pass.token
        own = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._transport.request(method, path, {**headers, **own}, body)
        self.round_trips += 1
        self.bytes_up += answer.bytes_up
        self.bytes_down += answer.bytes_down
        if answer.status:
            self.quickest_seconds = min(self.quickest_seconds, answer.seconds)
        return answer

    def _log_in(self, challenge: Answer) -> Answer:
        """Sign the nonce, but only for the hall we belong to."""
        asked = _fields(challenge)
        self.other = ""
        if asked.get("hall") != self._hall_id:
            self.other = str(asked.get("hall"))
            return Answer(UNAUTHORISED, why="对方不是本机所属的大厅，没有登录。")
        self._pass.token = ""
        now = self._box.clock.now()
        try:
            signed = answer_nonce(
                self._box.keys, self._box.node_id, self._hall_id, str(asked.get("nonce")), now
            )
        except SyncError as error:
            return Answer(UNAUTHORISED, why=error.why)
        headers = {"Content-Type": "application/json"}
        answer = self._send("POST", "/sync/v1/session", headers, signed.to_json().encode())
        token = str(_fields(answer).get("token", "")) if answer.status == OK else ""
        self._pass.token = token if _TOKEN.fullmatch(token) else ""  # it goes into a header of ours
        return answer


def refusal_of(answer: Answer) -> str:
    """Why a request failed, in Chinese."""
    if answer.why:
        return answer.why
    fields = _fields(answer)
    return f"{fields.get('what', '')}{fields.get('why', '')}"[:400] or f"大厅答复了状态码 {answer.status}。"


def error_of(answer: Answer) -> str:
    """The name of the refusal, such as WrongKey; "" when the hall gave none."""
    return str(_fields(answer).get("error", ""))[:40]


def _fields(answer: Answer) -> dict[str, Any]:
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
