"""What may be known of a node while it is locked: `node.json` in its data folder."""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from station.errors import BadSetting
from station.files import write_atomically
from sync.errors import BadForm
from sync.register import LEVELS, check_node_id, check_place

FILE_NAME = "node.json"
URL_LENGTH_MAX = 200
HALLS = ("city", "county")


@dataclass(frozen=True)
class Facts:
    """One node. level: city, county, township or village; division: 12 digits; parent_url: "" for none."""

    node_id: str
    level: str
    name: str
    division: str
    parent_url: str = ""

    @property
    def is_hall(self) -> bool:
        """True at county and city: review and publishing instead of a window."""
        return self.level in HALLS

    @property
    def takes_calls(self) -> bool:
        """True where other nodes may join and exchange mail."""
        return self.level != "village"

    def with_parent(self, url: str) -> "Facts":
        """The same node under another parent address."""
        return replace(self, parent_url=clean_url(url))


def new_facts(level: str, name: str, division: str, parent_url: str = "") -> Facts:
    """A new node with a fresh random id. Raises BadSetting with the first value that cannot be used."""
    name = name.strip()
    facts = Facts(secrets.token_hex(16), level, name, division, clean_url(parent_url))
    if level not in LEVELS:
        raise BadSetting("level", level[:20], "village、township、county、city")
    try:
        check_place(level, name, division)
    except BadForm as error:
        raise BadSetting("name / division", f"{name[:30]} / {division[:14]}", error.why) from error
    return facts


def clean_url(url: str) -> str:
    """A parent's address without its last slash; empty stays empty. Raises BadSetting."""
    url = url.strip().rstrip("/")
    is_plain = url.isascii() and url.isprintable() and not any(mark in url for mark in " \"'<>\\")
    if url and not (url.startswith(("http://", "https://")) and is_plain and len(url) <= URL_LENGTH_MAX):
        raise BadSetting("parent", url[:60], "http:// 或 https:// 开头的地址，例如 https://hall.example:8600")
    return url


def load_facts(data_folder: Path) -> Facts | None:
    """The node of this folder, None when there is none. Raises BadSetting for a damaged file."""
    path = data_folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_bytes()[:65536])
        facts = Facts(**{name: str(values[name]) for name in Facts.__dataclass_fields__})
        check_node_id(facts.node_id)
        check_place(facts.level, facts.name, facts.division)
    except (ValueError, KeyError, TypeError, BadForm) as error:
        raise BadSetting(str(path), "内容损坏的文件", "备份中的 node.json") from error
    return facts


def save_facts(data_folder: Path, facts: Facts) -> None:
    """Write `node.json`; it holds nothing secret."""
    text = json.dumps(asdict(facts), ensure_ascii=False, indent=1)
    write_atomically(data_folder / FILE_NAME, text.encode(), mode=0o644)
