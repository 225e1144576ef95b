"""How a request reaches a hall. A link that is down is an answer like any other, with status 0."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sync.limits import MIB

CONNECT_SECONDS = 10
SILENCE_SECONDS = 45  # without a byte for this long the connection counts as dead
ANSWER_BYTES_MAX = 2 * MIB
NOT_SENT = "@@@SKIP_HEADER@@@"  # urllib3.util.SKIP_HEADER: else it adds headers that a heartbeat can spare


@dataclass(frozen=True)
class Answer:
    """What came back. status 0: nothing did, and `why` says so in Chinese.

    was_reached: whether a connection stood. bytes_up, bytes_down: with headers, without TLS.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    why: str = ""
    was_reached: bool = True
    seconds: float = 0.0
    bytes_up: int = 0
    bytes_down: int = 0


class Transport(Protocol):
    """Anything that can carry a request: a real link, or a fake one in memory."""

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Never raises for the link's sake. Header names of the answer are in lower case."""
        ...

    def close(self) -> None:
        """Let the connection go; a later request opens it again."""
        ...


class HttpTransport:
    """HTTP(S) to one hall over one kept connection."""

    def __init__(self, url: str, verify: bool | str = True, silence_seconds: float = SILENCE_SECONDS) -> None:
        """url: such as https://hall.example. verify: path of a private CA's certificate, or True."""
        self._url = url.rstrip("/")
        self._silence_seconds = silence_seconds
        self._verify = verify
        self._session: Any = None

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """See Transport."""
        # half of a station's start-up time, and not needed before the first call
        import requests  # noqa: PLC0415

        if self._session is None:
            self._session = requests.Session()
            self._session.trust_env = False  # neither proxies nor passwords from the user's files
            self._session.headers = {"Accept-Encoding": NOT_SENT, "User-Agent": NOT_SENT}
        started = time.monotonic()
        try:
            with self._session.request(
                method,
                self._url + path,
                headers=dict(headers),
                data=body,
                timeout=(CONNECT_SECONDS, self._silence_seconds),
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            ) as response:
                return _answer(response, started)
        except requests.RequestException as error:
            return Answer(0, why=_why(error), was_reached=not _is_unreached(error))

    def close(self) -> None:
        """Let the connection go."""
        if self._session is not None:
            self._session.close()


def _answer(response: Any, started: float) -> Answer:
    data = b""
    for piece in response.iter_content(64 * 1024):
        data += piece
        if len(data) > ANSWER_BYTES_MAX:
            return Answer(0, why="对方的答复太大，已停止接收。")
    headers = {name.lower(): value for name, value in response.headers.items()}
    up = len(f"{response.request.method} {response.request.path_url} HTTP/1.1\r\n\r\n")
    up += _size(response.request.headers) + len(response.request.body or b"")
    down = 19 + _size(response.headers) + len(data)
    return Answer(response.status_code, headers, data, "", True, time.monotonic() - started, up, down)


def _size(headers: Mapping[str, str]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.items() if value != NOT_SENT)


def _is_unreached(error: Exception) -> bool:
    """Whether the connection never stood, as far as the library tells."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    names = {type(error).__name__, type(reason).__name__}
    return bool(
        names & {"ConnectTimeout", "NewConnectionError", "ConnectTimeoutError", "NameResolutionError"}
    )


def _why(error: Exception) -> str:
    if type(error).__name__ == "SSLError":
        return "大厅的证书没有通过核对，没有发送任何内容。"
    return "连不上大厅。" if _is_unreached(error) else "连接中途断开了。"
