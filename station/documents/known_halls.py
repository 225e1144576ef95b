"""The hall keys this installation believes already: those in the catalog root it keeps, locked or not."""

import re
from pathlib import Path

from station.documents.errors import TrustRefused
from station.documents.trust import FILE_BYTES_MAX, read_trust
from station.documents.verify import HallKey

STATION_ROOT = Path("catalog", "metadata", "root.json")
HALL_ROOTS = Path("repository", "metadata")
_NUMBERED = re.compile(r"(\d{1,9})\.root\.json")


def known_hall_keys(data_folder: Path) -> list[HallKey]:
    """The keys in the newest root of this folder. Raises TrustRefused when there is none yet."""
    path = newest_root(data_folder)
    if path is None:
        raise TrustRefused("本机还没有收到大厅签名的目录根文件。")
    try:
        with path.open("rb") as file:
            return read_trust(file.read(FILE_BYTES_MAX + 1))
    except OSError as error:
        raise TrustRefused(f"读不到 {path.name}。") from error


def newest_root(data_folder: Path) -> Path | None:
    """The root a station keeps, or the last one a hall publishes."""
    kept = data_folder / STATION_ROOT
    if kept.is_file():
        return kept
    numbered = [
        (int(found[1]), path)
        for path in (data_folder / HALL_ROOTS).glob("*.root.json")
        if (found := _NUMBERED.fullmatch(path.name))
    ]
    return max(numbered)[1] if numbered else None
