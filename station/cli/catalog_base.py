"""`yimen catalog base`: what the city signed since, at a county; and at a city, the files for its counties.

yimen catalog base                                look at the city's address
yimen catalog base --from yimen-city-440205000000.zip --take
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog_cache.files import write_whole
from station.cli import frame
from station.errors import BadSetting
from station.places import REPOSITORY_FOLDER

if TYPE_CHECKING:
    from station.node import Node

FILE_BYTES_MAX = 64 * 1024 * 1024


def add_to(commands: Any) -> None:
    """Add `base` to the actions of `yimen catalog`."""
    looking = commands.add_parser(
        "base",
        help="县级：取市级目录",
        epilog="示例：yimen catalog base --from /media/usb/yimen-city.zip --take",
    )
    looking.add_argument("--from", dest="place", metavar="文件或文件夹", help="市级交接包；默认联网向市级取")
    looking.add_argument("--take", action="store_true", help="取到后接收到草稿")
    looking.set_defaults(run=look)
    frame.data_options(looking, is_private=True)


def look(options: argparse.Namespace) -> int:
    """Fetch or bring what the city signed, tell what waits, and take it over when asked to."""
    # The desk is imported only in these commands: a station has none and must start quickly.
    from catalog_cache.distribution.publish import Repository  # noqa: PLC0415
    from station.hall.publishing import arrivals, base  # noqa: PLC0415

    with frame.open_node(options) as node:
        if node.facts.level != "county":
            raise BadSetting("--dir", node.facts.name, "县（区）大厅的数据文件夹")
        is_newer = _fetch(node, options.place)
        repository = Repository(node.repository_folder)
        if options.take and base.is_waiting():
            arrivals.take_over(repository, by=frame.acting_person(options), now=node.clock.now())
        held, news = base.held(), arrivals.waiting(repository)
        waits = news.meta.version if news and news.meta and base.is_waiting() else 0
        version = held.source.version if held else 0
    document = {"newer": is_newer, "waiting": waits, "draft_over": version}
    told = [f"市级目录第 {waits} 版等待接收：加 --take，或在“市级目录”页看过改动再接收"] if waits else []
    told += [f"草稿现在市级目录第 {version} 版上" if version else "草稿还没有市级目录"]
    frame.tell(options, document, told)
    return 0


def export_for_counties(options: argparse.Namespace, folder: Path) -> int:
    """At a city: one file for each county, for a stick."""
    from catalog_cache.distribution.city import COUNTIES, CityRepository  # noqa: PLC0415 - see look
    from catalog_cache.distribution.handed import pack_handover  # noqa: PLC0415 - see look

    city = CityRepository(frame.data_folder(options) / REPOSITORY_FOLDER / COUNTIES)
    names = []
    for county in city.named():
        names.append(f"yimen-city-{county.code}.zip")
        write_whole(folder / names[-1], pack_handover(county.folder))
    told = [f"已写出 {folder / name}" for name in names] or ["还没有授权任何县"]
    frame.tell(options, {"folder": str(folder), "files": names}, told)
    return 0


def _fetch(node: "Node", place: str | None) -> bool:
    from catalog_cache.distribution.publish import Repository  # noqa: PLC0415 - see look
    from station.hall.publishing import arrivals  # noqa: PLC0415 - see look

    if not place:
        return arrivals.look_at_city(node)
    path, repository = Path(place).absolute(), Repository(node.repository_folder)
    if path.is_dir():
        return arrivals.bring(repository, path)
    if not path.is_file() or path.stat().st_size > FILE_BYTES_MAX:
        raise BadSetting("--from", place, "市级交接包（ZIP 文件）或交接文件夹")
    return arrivals.receive(repository, path.read_bytes())
