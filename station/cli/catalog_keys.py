"""`yimen catalog keys …`: the keys of a county and of a city, and what the two hand each other.

    county   yimen catalog keys new --request county.json          its keys, and their public halves
    city     yimen catalog keys ceremony county.json --keys DIR --out HANDOVER
    county   yimen catalog keys adopt HANDOVER                      takes the city's word over

Afterwards the county publishes without the city, and the city signs again only to renew or replace.
Each key of the city may have a passphrase of its own; without --passphrase-file each is asked for.
"""

import argparse
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog_cache.ceremony import fingerprint
from catalog_cache.errors import BadHandover, KeyRefused
from catalog_cache.files import NotAFile, read_plain, write_whole
from catalog_cache.signing import HANDOVER_BYTES_MAX
from station.cli import frame
from station.errors import BadSetting

_CITY_FILE_BYTES_MAX = 8 * 1024 * 1024


def add_to(commands: Any) -> None:
    """Add `keys` to the actions of `yimen catalog`."""
    example = "示例：yimen catalog keys "
    topic = commands.add_parser("keys", help="目录签名密钥", epilog=f"{example}adopt handover")
    actions = topic.add_subparsers(metavar="动作", required=True)
    making = actions.add_parser("new", help="县级：生成密钥", epilog=f"{example}new --request county.json")
    making.add_argument("--request", required=True, metavar="文件", help="写给市级的申请文件（只有公钥）")
    making.set_defaults(run=make_county_keys)
    meeting = actions.add_parser(
        "ceremony", help="市级：密钥仪式", epilog=f"{example}ceremony county.json --keys keys --out handover"
    )
    meeting.add_argument("request", metavar="申请文件", help="县级的申请文件")
    meeting.set_defaults(run=hold_ceremony)
    renewing = actions.add_parser(
        "renew", help="市级：续签，或换上县级的新密钥", epilog=f"{example}renew --keys keys --out handover"
    )
    renewing.add_argument("--request", metavar="文件", help="县级换了密钥时：新的申请文件")
    renewing.add_argument("--with-root", action="store_true", help="同时续签根证书（至少两把根密钥）")
    renewing.set_defaults(run=renew)
    adopting = actions.add_parser("adopt", help="县级：接收市级交接文件夹", epilog=f"{example}adopt handover")
    adopting.add_argument("handover", metavar="文件夹", help="市级的交接文件夹")
    adopting.set_defaults(run=adopt)
    _add_options(making, adopting, meeting, renewing)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """The option from which `read_passphrase` reads."""
    parser.add_argument("--passphrase-file", metavar="文件", help="签名密钥的口令所在的文件（第一行）")


def read_passphrase(options: argparse.Namespace, prompt: str = "签名密钥的口令：") -> str:
    """The first line of --passphrase-file, or what is typed. Raises KeyRefused."""
    if options.passphrase_file:
        return frame.password_from(Path(options.passphrase_file))
    if not sys.stdin.isatty():
        raise KeyRefused("没有给出口令。", "没有终端时请用 --passphrase-file 给出口令文件。")
    return getpass.getpass(prompt)


def make_county_keys(options: argparse.Namespace) -> int:
    """Make the county's keys and write the request."""
    # The desk is imported only in these commands: a station has none and must start quickly.
    from station.hall.publishing import keys  # noqa: PLC0415

    path, passphrase = Path(options.request).absolute(), read_passphrase(options)
    with frame.open_node(options) as node:
        person, now = frame.acting_person(options), node.clock.now()
        write_whole(path, keys.make_county_keys(node, passphrase, by=person, now=now))
    frame.tell(options, {"request": str(path)}, [f"已写出申请文件：{path}，请当面交给市级"])
    return 0


def hold_ceremony(options: argparse.Namespace) -> int:
    """Make the city's keys and sign the handover; its fingerprint is for the telephone."""
    from station.hall.publishing import keys  # noqa: PLC0415 - see make_county_keys

    out = Path(options.out)
    city = keys.CityDesk(Path(options.keys), out, _Asking(options))
    root = keys.hold_ceremony(city, _read(options.request), _files(options), datetime.now(UTC))
    document = {"handover": str(out.absolute()), "fingerprint": fingerprint(root)}
    frame.tell(
        options, document, [f"已写出交接文件夹：{out}", f"根证书指纹（双方口头核对）：{fingerprint(root)}"]
    )
    return 0


def renew(options: argparse.Namespace) -> int:
    """Sign the city's files again, and the root when asked to."""
    from station.hall.publishing import keys  # noqa: PLC0415 - see make_county_keys

    request = _read(options.request) if options.request else None
    out, now = Path(options.out), datetime.now(UTC)
    city = keys.CityDesk(Path(options.keys), out, _Asking(options))
    document: dict[str, Any] = {"handover": str(out.absolute())}
    if options.with_root:
        document["fingerprint"] = fingerprint(keys.renew_trust(city, request, now))
    document["version"] = keys.renew_files(city, request, _files(options), now)
    frame.tell(options, document, [f"市级文件已续签为第 {document['version']} 版，请把 {out} 交给县级"])
    return 0


def adopt(options: argparse.Namespace) -> int:
    """Take the city's handover over."""
    from station.hall.publishing import keys  # noqa: PLC0415 - see make_county_keys

    passphrase = read_passphrase(options)
    with frame.open_node(options) as node:
        person, now = frame.acting_person(options), node.clock.now()
        published = keys.adopt(node, Path(options.handover).absolute(), passphrase, by=person, now=now)
    frame.tell(options, {"version": published.version}, ["已接收市级交接文件，可以签发目录了"])
    return 0


class _Asking:
    """Asks for the passphrase of each key once."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._told: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        if name not in self._told:
            self._told[name] = read_passphrase(self._options, f"{name} 的口令：")
        return self._told[name]


def _add_options(
    making: argparse.ArgumentParser,
    adopting: argparse.ArgumentParser,
    meeting: argparse.ArgumentParser,
    renewing: argparse.ArgumentParser,
) -> None:
    for parser in (making, adopting):
        frame.data_options(parser, is_private=True)
        add_passphrase(parser)
    for parser in (meeting, renewing):
        parser.add_argument("--keys", required=True, metavar="文件夹", help="市级密钥所在的文件夹")
        parser.add_argument("--out", required=True, metavar="文件夹", help="交接文件夹")
        parser.add_argument(
            "--file",
            action="append",
            default=[],
            metavar="名称=文件",
            help="市级文件，可重复",
        )
        parser.add_argument("--json", action="store_true", help="只输出一份 JSON")
        add_passphrase(parser)


def _files(options: argparse.Namespace) -> dict[str, bytes]:
    files = {}
    for pair in options.file:
        name, is_pair, path = pair.partition("=")
        if not is_pair:
            raise BadSetting("--file", pair, "名称=文件，例如 divisions.csv=区划.csv")
        files[f"city/{name}"] = _read(path, _CITY_FILE_BYTES_MAX)
    return files


def _read(name: str, size_max: int = HANDOVER_BYTES_MAX) -> bytes:
    path = Path(name).absolute()
    try:
        return read_plain(path.parent, path.name, size_max)
    except (NotAFile, OSError) as error:
        raise BadHandover(f"{path.name} 读不出来。") from error
