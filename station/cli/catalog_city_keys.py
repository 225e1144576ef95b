"""`yimen catalog keys ceremony / renew / replace / revoke / show`: the city's side, away from the network.

    yimen catalog keys ceremony county.json --keys DIR --out HANDOVER
    yimen catalog keys replace root-2.pem --keys DIR --out HANDOVER     lost, or its keeper has left
    yimen catalog keys revoke --keys DIR --out HANDOVER                 the county publishes nothing more
    yimen catalog keys show HANDOVER                                    who signs, until when

Each key of the city may have a passphrase of its own; without --passphrase-file each is asked for.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog_cache.errors import BadHandover
from catalog_cache.files import NotAFile, read_plain
from catalog_cache.signatures.ceremony import fingerprint
from catalog_cache.signatures.signing import HANDOVER_BYTES_MAX
from station.cli import frame
from station.cli.passphrase import add_passphrase, read_passphrase
from station.errors import BadSetting

_CITY_FILE_BYTES_MAX = 8 * 1024 * 1024
EXAMPLE = "示例：yimen catalog keys "


def add_to(actions: Any) -> None:
    """Add to the actions of `yimen catalog keys`."""
    meeting = _command(
        actions, "ceremony", "市级：密钥仪式", "ceremony county.json --keys keys --out handover"
    )
    meeting.add_argument("request", metavar="申请文件", help="县级的申请文件")
    meeting.set_defaults(run=hold_ceremony)
    renewing = _command(
        actions, "renew", "市级：续签，或换上县级的新密钥", "renew --keys keys --out handover"
    )
    renewing.add_argument("--request", metavar="文件", help="县级换了密钥时：新的申请文件")
    renewing.add_argument("--with-root", action="store_true", help="同时续签根证书（至少两把根密钥）")
    renewing.set_defaults(run=renew)
    replacing = _command(
        actions, "replace", "市级：换掉丢失或到期的密钥", "replace root-2.pem --keys keys --out handover"
    )
    replacing.add_argument("names", nargs="+", metavar="密钥", help="要换的密钥文件名，如 root-2.pem")
    replacing.set_defaults(run=replace)
    revoking = _command(actions, "revoke", "市级：撤回对县级的授权", "revoke --keys keys --out handover")
    revoking.set_defaults(run=revoke)
    for parser in (meeting, renewing):
        parser.add_argument(
            "--file", action="append", default=[], metavar="名称=文件", help="市级文件，可重复"
        )
    showing = actions.add_parser("show", help="一个文件夹里谁签、签到何时", epilog=f"{EXAMPLE}show handover")
    showing.add_argument("folder", metavar="文件夹", help="交接文件夹、发布文件夹或 U 盘")
    showing.add_argument("--json", action="store_true", help="只输出一份 JSON")
    showing.set_defaults(run=show)


def hold_ceremony(options: argparse.Namespace) -> int:
    """Make the city's keys and sign the handover; its fingerprint is for the telephone."""
    # The desk is imported only in these commands: a station has none and must start quickly.
    from station.hall.publishing import keys  # noqa: PLC0415

    city = _desk(options)
    root = keys.hold_ceremony(city, read_handed(options.request), _files(options), datetime.now(UTC))
    return _tell(options, f"已写出交接文件夹：{options.out}", {}, root)


def renew(options: argparse.Namespace) -> int:
    """Sign the city's files again, and the root when asked to."""
    from station.hall.publishing import keys  # noqa: PLC0415 - see hold_ceremony

    request = read_handed(options.request) if options.request else None
    city, now = _desk(options), datetime.now(UTC)
    root = keys.renew_trust(city, request, now) if options.with_root else None
    version = keys.renew_files(city, request, _files(options), now)
    told = f"市级文件已续签为第 {version} 版，请把 {options.out} 交给县级"
    return _tell(options, told, {"version": version}, root)


def replace(options: argparse.Namespace) -> int:
    """Put new keys in the place of lost or worn-out ones."""
    from station.hall.publishing import city  # noqa: PLC0415 - see hold_ceremony

    root = city.replace(_desk(options), options.names, datetime.now(UTC))
    told = f"已换上新的 {'、'.join(options.names)}，请把 {options.out} 交给县级，新密钥交给保管人"
    return _tell(options, told, {"replaced": options.names}, root)


def revoke(options: argparse.Namespace) -> int:
    """End what the county may publish."""
    from station.hall.publishing import city  # noqa: PLC0415 - see hold_ceremony

    root = city.revoke(_desk(options), datetime.now(UTC))
    told = f"已撤回对县级的授权，请用 {options.out} 更新各站（联网或 U 盘）；站点现用目录照常使用"
    return _tell(options, told, {"revoked": True}, root)


def show(options: argparse.Namespace) -> int:
    """Who signs in a folder, how many must, and until when; nothing has to be unlocked for it."""
    from station.hall.publishing import roles  # noqa: PLC0415 - see hold_ceremony

    told = roles.describe(Path(options.folder).absolute())
    lines = [f"根证书第 {told.root_version} 版，指纹 {told.fingerprint}"]
    lines.append(f"授权县级：{told.county}" if told.county else "没有授权任何县级")
    for role in told.roles:
        keys = "、".join(keyid[:8] for keyid in role.keyids)
        until = f"{role.expires:%Y-%m-%d}" if role.expires else "（还没有）"
        lines.append(
            f"{role.label}：{len(role.keyids)} 把中须 {role.threshold} 把签（{keys}），有效至 {until}"
        )
    frame.tell(options, told.to_dict(), lines)
    return 0


def read_handed(name: str, size_max: int = HANDOVER_BYTES_MAX) -> bytes:
    """A small file somebody carried here. Raises BadHandover."""
    path = Path(name).absolute()
    try:
        return read_plain(path.parent, path.name, size_max)
    except (NotAFile, OSError) as error:
        raise BadHandover(f"{path.name} 读不出来。") from error


class _Asking:
    """Asks for the passphrase of each key once."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._told: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        if name not in self._told:
            self._told[name] = read_passphrase(self._options, f"{name} 的口令：")
        return self._told[name]


def _command(actions: Any, name: str, about: str, example: str) -> argparse.ArgumentParser:
    """A command that signs with the city's keys into a handover folder."""
    parser: argparse.ArgumentParser = actions.add_parser(name, help=about, epilog=EXAMPLE + example)
    parser.add_argument("--keys", required=True, metavar="文件夹", help="市级密钥所在的文件夹")
    parser.add_argument("--out", required=True, metavar="文件夹", help="交接文件夹")
    parser.add_argument("--json", action="store_true", help="只输出一份 JSON")
    add_passphrase(parser)
    return parser


def _desk(options: argparse.Namespace) -> Any:
    from station.hall.publishing import keys  # noqa: PLC0415 - see hold_ceremony

    return keys.CityDesk(Path(options.keys).absolute(), Path(options.out).absolute(), _Asking(options))


def _tell(options: argparse.Namespace, told: str, document: dict[str, Any], root: bytes | None) -> int:
    """The answer, with the fingerprint of a new root for the telephone."""
    lines, where = [told], {"handover": str(Path(options.out).absolute())}
    if root is not None:
        where["fingerprint"] = fingerprint(root)
        lines.append(f"根证书指纹（双方口头核对）：{fingerprint(root)}")
    frame.tell(options, {**where, **document}, lines)
    return 0


def _files(options: argparse.Namespace) -> dict[str, bytes]:
    files = {}
    for pair in options.file:
        name, is_pair, path = pair.partition("=")
        if not is_pair:
            raise BadSetting("--file", pair, "名称=文件，例如 divisions.csv=区划.csv")
        files[f"city/{name}"] = read_handed(path, _CITY_FILE_BYTES_MAX)
    return files
