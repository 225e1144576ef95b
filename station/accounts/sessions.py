"""Who is signed in at which browser. Kept in memory: a restart of the program signs everybody out."""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SESSIONS_MAX = 500
PENDING_BYTES_MAX = 256 * 1024


@dataclass(frozen=True)
class PendingForm:
    """A form that was sent after the idle lock had closed: kept until the same person is back."""

    path: str
    fields: Sequence[tuple[str, str]]


@dataclass
class Session:
    """One browser of one person."""

    token: str
    name: str
    epoch: int
    seen_at: datetime
    pending: PendingForm | None = None


class Sessions:
    """All sessions of this program run."""

    def __init__(self, idle: timedelta) -> None:
        self.idle = idle
        self._open: dict[str, Session] = {}
        self._lock = threading.Lock()

    def open(self, name: str, epoch: int, *, now: datetime) -> Session:
        """A new session under a token nobody can guess; beyond the limit the longest idle one makes room."""
        session = Session(secrets.token_urlsafe(32), name, epoch, now)
        with self._lock:
            if len(self._open) >= SESSIONS_MAX:
                del self._open[min(self._open.values(), key=lambda one: one.seen_at).token]
            self._open[session.token] = session
        return session

    def find(self, token: object) -> Session | None:
        """The session of this token, idle or not."""
        return self._open.get(token) if isinstance(token, str) else None

    def is_idle(self, session: Session, *, now: datetime) -> bool:
        """True when nobody used it for so long that the password is needed again."""
        return now - session.seen_at >= self.idle

    def close(self, token: object) -> None:
        """Forget this session."""
        if isinstance(token, str):
            self._open.pop(token, None)

    def close_all(self) -> None:
        """Forget every session."""
        self._open.clear()

    def keep_form(self, session: Session, path: str, fields: Sequence[tuple[str, str]]) -> bool:
        """Keep a form for the person's return; False when it is too large."""
        if sum(len(name) + len(value) for name, value in fields) > PENDING_BYTES_MAX:
            return False
        session.pending = PendingForm(path, tuple(fields))
        return True
