"""`yimen catalog base`: what the city signed since, at a county; and at a city, the files for its counties.

yimen catalog base                                look at the city's address
yimen catalog base --from yimen-city-440205000000.zip --take
"""

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog_cache.layering.layer_files import handover_file
from station.cli import frame
from station.errors import BadSetting
from station.places import REPOSITORY_FOLDER

if TYPE_CHECKING:
    from catalog_cache.distribution.handed_zip import Packed
    from station.hall.publishing.city_samples import Taken
    from station.node import Node

_NAMES_SHOWN = 5


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
        is_newer, taken = _fetch(node, options.place)
        repository = Repository(node.repository_folder)
        if options.take and base.is_waiting():
            arrivals.take_over(repository, by=frame.acting_person(options), now=node.clock.now())
        held, news = base.held(), arrivals.waiting(repository)
        waits = news.meta.version if news and news.meta and base.is_waiting() else 0
        version = held.source.version if held else 0
    document: dict[str, Any] = {"newer": is_newer, "waiting": waits, "draft_over": version}
    told = [f"市级目录第 {waits} 版等待接收：加 --take，或在“市级目录”页看过改动再接收"] if waits else []
    told += [f"草稿现在市级目录第 {version} 版上" if version else "草稿还没有市级目录"]
    if taken is not None:
        document |= {"samples": taken.files, "missing": list(taken.missing)}
        told += [f"随包取到样表和空表 {taken.files} 个"] if taken.files else []
        told += (
            [f"还缺 {len(taken.missing)} 个：{'、'.join(taken.missing[:_NAMES_SHOWN])}"]
            if taken.missing
            else []
        )
        told += ["磁盘空间不多了，样表和空表没有取"] if taken.is_disk_low else []
    frame.tell(options, document, told)
    return 0


def export_for_counties(options: argparse.Namespace, folder: Path) -> int:
    """At a city: one file for each county, for a stick."""
    from catalog_cache.distribution.city import COUNTIES, CityRepository  # noqa: PLC0415 - see look
    from catalog_cache.distribution.handed_zip import save_handover  # noqa: PLC0415 - see look
    from catalog_cache.signatures.shelf import FILES  # noqa: PLC0415 - see look

    published = frame.data_folder(options) / REPOSITORY_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        folder / handover_file(county.code): save_handover(
            county.folder, published / FILES, folder / handover_file(county.code)
        )
        for county in CityRepository(published / COUNTIES).named()
    }
    told = [_told(path, packed) for path, packed in written.items()] or ["还没有授权任何县"]
    document = {
        "folder": str(folder),
        "files": [path.name for path in written],
        "samples": {path.name: packed.samples for path, packed in written.items()},
        "left_out": {path.name: [*packed.left_out, *packed.missing] for path, packed in written.items()},
    }
    frame.tell(options, document, told)
    return 0


def _told(path: Path, packed: "Packed") -> str:
    told = f"已写出 {path}（{packed.bytes} 字节，样表和空表 {packed.samples} 个）"
    told += f"；放不下 {len(packed.left_out)} 个，联网后由县级自动补取" if packed.left_out else ""
    return told + (f"；本机没有：{'、'.join(packed.missing[:_NAMES_SHOWN])}" if packed.missing else "")


def _fetch(node: "Node", place: str | None) -> tuple[bool, "Taken | None"]:
    """Whether something newer came, and which samples came with it; None where none can."""
    from catalog_cache.distribution.handed_zip import HandoverZip  # noqa: PLC0415 - see look
    from catalog_cache.distribution.publish import Repository  # noqa: PLC0415 - see look
    from station.hall.publishing import arrivals, city_samples  # noqa: PLC0415 - see look

    if not place:
        return arrivals.look_at_city(node), None
    path, repository = Path(place).absolute(), Repository(node.repository_folder)
    if path.is_dir():
        return arrivals.bring(repository, path), None
    if not path.is_file():
        raise BadSetting("--from", place, "市级交接包（ZIP 文件）或交接文件夹")
    with path.open("rb") as file, closing(HandoverZip(file)) as brought:
        is_newer = arrivals.receive(repository, brought)
        return is_newer, city_samples.take(node, brought, node.clock.now())
