"""`yimen tuf-client`: our client in the calling convention of the public TUF conformance suite.

Expiry is judged by this PC's clock here, as the suite expects; a station judges by attested time.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.sources import FolderSource, HttpSource, Source
from catalog_cache.errors import UpdateRefused
from catalog_cache.files import NotAFile, read_plain, write_whole
from catalog_cache.signatures.metadata import BYTES_MAX
from catalog_cache.signatures.trust import check_target
from station.cli import frame
from station.errors import BadSetting

EXAMPLE = "示例：yimen tuf-client --metadata-dir meta --metadata-url http://127.0.0.1:8001/metadata refresh"


def add(subparsers: Any) -> None:
    """Add the command."""
    topic = subparsers.add_parser("tuf-client", help="TUF 一致性测试用的客户端", epilog=EXAMPLE)
    topic.add_argument("--metadata-dir", required=True, metavar="文件夹", help="保存可信元数据的文件夹")
    topic.add_argument("--metadata-url", metavar="网址", help="元数据所在的网址")
    topic.add_argument(
        "--target-name", action="append", default=[], metavar="路径", help="要下载的文件，可重复"
    )
    topic.add_argument("--target-base-url", metavar="网址", help="文件所在的网址")
    topic.add_argument("--target-dir", metavar="文件夹", help="下载到哪个文件夹")
    topic.add_argument("--json", action="store_true", help="只输出一份 JSON")
    commands = topic.add_subparsers(metavar="动作", required=True)
    init = commands.add_parser(
        "init", help="信任一份 root.json", epilog="示例：yimen tuf-client --metadata-dir meta init root.json"
    )
    init.add_argument("root", metavar="ROOT", help="当面取得的 root.json")
    init.set_defaults(run=start)
    commands.add_parser("refresh", help="更新元数据", epilog=EXAMPLE).set_defaults(run=refresh)
    fetching = commands.add_parser(
        "download",
        help="下载并核对文件",
        epilog="示例：yimen tuf-client --metadata-dir meta --metadata-url U/metadata "
        "--target-base-url U/targets --target-name a.json --target-dir out download",
    )
    fetching.set_defaults(run=download)


def start(options: argparse.Namespace) -> int:
    """Trust a root. Nothing is asked of any server."""
    path = Path(options.root).absolute()
    try:
        root = read_plain(path.parent, path.name, BYTES_MAX["root"])
    except (NotAFile, OSError) as error:
        raise UpdateRefused("format", f"{path.name} 读不出来：{error}。") from error
    client = TufClient(Path(options.metadata_dir), FolderSource(path.parent), None)
    client.init(root)
    frame.tell(options, {"root": "trusted"}, ["已信任这份根证书"])
    return 0


def refresh(options: argparse.Namespace) -> int:
    """Bring the four top roles up to date."""
    client = _client(options)
    client.refresh()
    trust = client.trust
    assert trust.timestamp is not None and trust.snapshot is not None
    versions = {signed.type: signed.version for signed in (trust.root, trust.timestamp, trust.snapshot)}
    frame.tell(options, versions, [f"{role}：第 {version} 版" for role, version in versions.items()])
    return 0


def download(options: argparse.Namespace) -> int:
    """Fetch each named file into the target folder, unless it lies there already as signed."""
    if not options.target_name or not options.target_dir or not options.target_base_url:
        raise BadSetting("download", "（参数不全）", "--target-name、--target-base-url 和 --target-dir")
    client = _client(options)
    client.refresh()
    files = [_fetched(client, name, Path(options.target_dir)) for name in options.target_name]
    frame.tell(options, {"files": [str(path) for path in files]}, [f"已核对：{path}" for path in files])
    return 0


def _fetched(client: TufClient, name: str, folder: Path) -> Path:
    target = client.find(name)
    path = folder / quote(name, safe="")
    try:
        check_target(target, read_plain(folder, path.name, target.length))
    except (NotAFile, OSError, UpdateRefused):
        write_whole(path, client.fetch(target))
    return path


def _client(options: argparse.Namespace) -> TufClient:
    if not options.metadata_url:
        raise BadSetting("--metadata-url", "（没有给出）", "元数据所在的网址")
    source: Source = HttpSource(options.metadata_url, options.target_base_url or options.metadata_url)
    return TufClient(Path(options.metadata_dir), source, datetime.now(UTC), is_strict=True)
