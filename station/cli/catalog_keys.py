"""`yimen catalog keys …`: the keys of a county and of a city, and what the two hand each other.

    county   yimen catalog keys new --request county.json          its keys, and their public halves
    city     yimen catalog keys ceremony county.json --keys DIR --out HANDOVER
    county   yimen catalog keys adopt HANDOVER                      takes the city's word over
    county   yimen catalog keys online                              the hall renews its timestamp itself

Afterwards the county publishes without the city, and the city signs again only to renew or replace:
`catalog_city_keys`. docs/key-drill.md tells the whole drill.
"""

import argparse
from pathlib import Path
from typing import Any

from catalog_cache.files import write_whole
from station.accounts.roles import Role
from station.cli import catalog_city_keys, frame
from station.cli.passphrase import add_passphrase, read_passphrase

EXAMPLE = catalog_city_keys.EXAMPLE


def add_to(commands: Any) -> None:
    """Add `keys` to the actions of `yimen catalog`."""
    topic = commands.add_parser("keys", help="目录签名密钥", epilog=f"{EXAMPLE}adopt handover")
    actions = topic.add_subparsers(metavar="动作", required=True)
    making = actions.add_parser("new", help="县级：生成密钥", epilog=f"{EXAMPLE}new --request county.json")
    making.add_argument("--request", required=True, metavar="文件", help="写给市级的申请文件（只有公钥）")
    making.set_defaults(run=make_county_keys)
    adopting = actions.add_parser("adopt", help="县级：接收市级交接文件夹", epilog=f"{EXAMPLE}adopt handover")
    adopting.add_argument("handover", metavar="文件夹", help="市级的交接文件夹")
    adopting.set_defaults(run=adopt)
    keeping = actions.add_parser(
        "online", help="县级：快照和时间戳由大厅自动续签", epilog=f"{EXAMPLE}online --account publisher"
    )
    keeping.add_argument("--off", action="store_true", help="不再自动续签，忘掉联机保存的两把密钥")
    keeping.set_defaults(run=keep_online)
    for parser in (making, adopting, keeping):
        frame.data_options(parser, is_private=True)
        add_passphrase(parser)
    catalog_city_keys.add_to(actions)


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


def adopt(options: argparse.Namespace) -> int:
    """Take the city's handover over."""
    from station.hall.publishing import keys  # noqa: PLC0415 - see make_county_keys

    passphrase = read_passphrase(options)
    with frame.open_node(options) as node:
        person, now = frame.acting_person(options), node.clock.now()
        published = keys.adopt(node, Path(options.handover).absolute(), passphrase, by=person, now=now)
    frame.tell(options, {"version": published.version}, ["已接收市级交接文件，可以签发目录了"])
    return 0


def keep_online(options: argparse.Namespace) -> int:
    """Let the hall sign snapshot and timestamp by itself, or no longer."""
    from station.hall.publishing import online  # noqa: PLC0415 - see make_county_keys

    passphrase = "" if options.off else read_passphrase(options)
    with frame.open_node(options) as node:
        frame.require_role(options, Role.PUBLISHER)
        person, now = frame.acting_person(options), node.clock.now()
        if options.off:
            online.switch_off(node, by=person, now=now)
            frame.tell(options, {"online": False}, ["已不再自动续签，时间戳须每 30 天由人续签"])
            return 0
        expires = online.switch_on(node, passphrase, by=person, now=now)
    told = f"大厅会自动续签快照和时间戳，现签到 {expires:%Y-%m-%d}"
    frame.tell(options, {"online": True, "expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}, [told])
    return 0
