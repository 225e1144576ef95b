"""`yimen receipt verify`: what a receipt proves, with no network and no data folder."""

import argparse
from pathlib import Path
from typing import Any

from station.cli import frame
from station.documents.errors import ReceiptRefused, TrustRefused
from station.documents.proof import PREFIX
from station.documents.trust import FILE_BYTES_MAX as TRUST_BYTES_MAX
from station.documents.trust import read_trust
from station.documents.verify import FILE_BYTES_MAX, text_in_file, verify_receipt

EXAMPLE = "示例：yimen receipt verify 收件凭证.pdf --root root.json"


def add(subparsers: Any) -> None:
    """Add the command."""
    topic = subparsers.add_parser("receipt", help="收件凭证验真", epilog=EXAMPLE)
    topic.set_defaults(run=None)
    commands = topic.add_subparsers(metavar="动作", required=True)
    verify = commands.add_parser("verify", help="离线核对一张收件凭证", epilog=EXAMPLE)
    verify.add_argument("receipt", metavar="凭证", help="二维码扫出的文字，或凭证 PDF、文本文件")
    verify.add_argument("--root", required=True, metavar="文件", help="本市的 root.json，或大厅给的信任文件")
    verify.add_argument("--json", action="store_true", help="只输出一份 JSON")
    verify.set_defaults(run=verify_one)


def verify_one(options: argparse.Namespace) -> int:
    """Print what is proved; a refusal ends with 1."""
    root = _read(options.root, TRUST_BYTES_MAX)
    if root is None:
        raise TrustRefused(f"没有文件 {options.root[:200]}。")
    verdict = verify_receipt(_text_of(options.receipt), read_trust(root))
    frame.tell(options, verdict.as_json(), verdict.told())
    return 0


def _text_of(given: str) -> str:
    if given.strip().startswith(PREFIX):
        return given
    data = _read(given, FILE_BYTES_MAX)
    if data is None:
        raise ReceiptRefused(
            "给出的既不是“YM1:”开头的文字，也不是一个文件。", "请给出二维码扫出的文字，或凭证文件的路径。"
        )
    return text_in_file(data)


def _read(name: str, bytes_max: int) -> bytes | None:
    """At most one byte more than allowed, so that the reader can refuse; None when there is no such file."""
    try:
        path = Path(name)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(bytes_max + 1)
    except (ValueError, FileNotFoundError):
        return None
