"""Every setting of a node, read once at start and handed in. A bad value stops the start and names itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from station.errors import BadSetting

_HOST = re.compile(r"[0-9A-Za-z.:\-_]{1,253}")
NUMBERS = ("port", "idle_minutes", "request_mib_max", "exchange_seconds", "threads", "keep_sent_days") + (
    "keep_arrived_days",
    "reserve_mib",
    "daily_mib",
)
"""Settings that are whole numbers."""
_DATABASE_URL = re.compile(r"postgres(ql)?://\S{1,500}")


@dataclass(frozen=True)
class Argon2Cost:
    """What one password guess costs: passes, memory in KiB, lanes."""

    passes: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


@dataclass(frozen=True)
class Settings:
    """One node's settings.

    data_folder: everything this node owns lies in it.
    names: host names, beside loopback and IP addresses, under which browsers may ask for the node.
    database_url: `postgresql://…` for a hall at size; None means the encrypted SQLite file.
    keep_sent_days, keep_arrived_days: how long sealed bytes stay after delivery, and after they took effect.
    reserve_mib: of the disk, kept for when it is full. daily_mib: budget of the link, both ways; 0 for none.
    parent_ca: file of the authority that signed the hall's certificate, where it is not a public one.
    is_unattended: unlock at start from a key file or a systemd credential, without a person.
    """

    data_folder: Path
    host: str = "127.0.0.1"
    port: int = 8300
    names: tuple[str, ...] = ()
    is_demo: bool = False
    is_unattended: bool = False
    database_url: str | None = None
    idle_minutes: int = 15
    request_mib_max: int = 32
    exchange_seconds: int = 30
    threads: int = 6
    keep_sent_days: int = 60
    keep_arrived_days: int = 400
    reserve_mib: int = 32
    daily_mib: int = 0
    parent_ca: str | None = None
    argon2: Argon2Cost = Argon2Cost()

    def __post_init__(self) -> None:
        _within("port", self.port, 0, 65535)
        _within("idle_minutes", self.idle_minutes, 1, 480)
        _within("request_mib_max", self.request_mib_max, 1, 256)
        _within("exchange_seconds", self.exchange_seconds, 1, 86400)
        _within("threads", self.threads, 1, 64)
        _within("keep_sent_days", self.keep_sent_days, 7, 36500)
        _within("keep_arrived_days", self.keep_arrived_days, 30, 36500)
        _within("reserve_mib", self.reserve_mib, 0, 4096)
        _within("daily_mib", self.daily_mib, 0, 1_000_000)
        for name in (self.host, *self.names):
            if not _HOST.fullmatch(name):
                raise BadSetting("host", name, "IP 地址或主机名，例如 127.0.0.1、station.lan")
        if self.database_url is not None and not _DATABASE_URL.fullmatch(self.database_url):
            raise BadSetting("database_url", self.database_url, "postgresql://用户@主机/库名")

        if self.parent_ca is not None and not Path(self.parent_ca).is_file():
            raise BadSetting("parent_ca", self.parent_ca, "一个 PEM 证书文件")

    @property
    def is_loopback(self) -> bool:
        """True when only this machine can reach the node."""
        return self.host in ("127.0.0.1", "::1", "localhost")


def from_environment(data_folder: Path, environment: Mapping[str, str], **given: object) -> Settings:
    """Settings from YIMEN_* variables, overridden by what was `given` on the command line (None = not given).

    YIMEN_HOST, YIMEN_PORT, YIMEN_NAMES (separated by commas), YIMEN_DATABASE_URL, YIMEN_PARENT_CA,
    YIMEN_IDLE_MINUTES, YIMEN_REQUEST_MIB_MAX, YIMEN_EXCHANGE_SECONDS, YIMEN_THREADS,
    YIMEN_KEEP_SENT_DAYS, YIMEN_KEEP_ARRIVED_DAYS, YIMEN_RESERVE_MIB, YIMEN_DAILY_MIB,
    YIMEN_UNATTENDED (1 or 0).
    """
    values: dict[str, object] = {}
    for name in ("host", "database_url", "parent_ca"):
        if text := environment.get(f"YIMEN_{name.upper()}"):
            values[name] = text
    for name in NUMBERS:
        if text := environment.get(f"YIMEN_{name.upper()}"):
            values[name] = _number(name, text)
    if text := environment.get("YIMEN_NAMES"):
        values["names"] = tuple(part.strip() for part in text.split(",") if part.strip())
    if text := environment.get("YIMEN_UNATTENDED"):
        values["is_unattended"] = _yes("unattended", text)
    values |= {name: value for name, value in given.items() if value is not None}
    return Settings(data_folder, **values)  # type: ignore[arg-type]


def _within(name: str, value: int, least: int, most: int) -> None:
    if not isinstance(value, int) or not least <= value <= most:
        raise BadSetting(name, str(value), f"{least} 到 {most} 的整数")


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadSetting(name, text, "整数")
    return int(text)


def _yes(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise BadSetting(name, text, "1 或 0")
    return text == "1"
