"""Reading the halls' public keys from what a city publishes: the signed root, or a plain trust file."""

import json
from typing import TYPE_CHECKING, Any

from station.documents.errors import TrustRefused
from station.documents.verify import HallKey
from sync.errors import OddKey
from sync.keys import accept_public_key

if TYPE_CHECKING:
    from tuf.api.metadata import Root

FORMAT = "yimen-trust/1"
FILE_BYTES_MAX = 512 * 1024
KEYS_MAX = 500


def read_trust(data: bytes) -> list[HallKey]:
    """The hall keys in a TUF root.json (its signatures checked) or a plain trust file.

    Raises TrustRefused. Who hands over this file decides what is believed: it must come from a safe place.
    """
    if len(data) > FILE_BYTES_MAX:
        raise TrustRefused(f"文件有 {len(data)} 字节，最多 {FILE_BYTES_MAX} 字节。")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TrustRefused("文件不是 JSON 格式。") from error
    if not isinstance(content, dict):
        raise TrustRefused("文件里不是一份信任文件。")
    if content.get("format") == FORMAT:
        return _keys_of(content)
    if "signed" in content and "signatures" in content:
        return _keys_of(_signed_root(data))
    raise TrustRefused(f"文件既不是目录根文件，也不是 {FORMAT} 格式。")


def _signed_root(data: bytes) -> dict[str, Any]:
    # python-tuf is imported here only: a station starts and prints without it.
    from tuf.api.exceptions import RepositoryError  # noqa: PLC0415
    from tuf.api.metadata import Metadata  # noqa: PLC0415
    from tuf.api.serialization import DeserializationError  # noqa: PLC0415

    try:
        envelope: Metadata[Root] = Metadata.from_bytes(data)
        if envelope.signed.type != "root":
            raise TrustRefused("这是目录的其他元数据文件，不是 root.json。")
        envelope.signed.verify_delegate("root", envelope.signed_bytes, envelope.signatures)
    except (DeserializationError, RepositoryError, ValueError) as error:
        raise TrustRefused("目录根文件的签名不够数或不对，文件可能被改动过。") from error
    extra = envelope.signed.unrecognized_fields.get("yimen")
    if not isinstance(extra, dict):
        raise TrustRefused("这份目录根文件里没有登记大厅的凭证公钥。")
    return extra


def _keys_of(content: dict[str, Any]) -> list[HallKey]:
    rows = content.get("receipt_keys")
    if not isinstance(rows, list) or not 0 < len(rows) <= KEYS_MAX:
        raise TrustRefused(f"receipt_keys 应是 1 到 {KEYS_MAX} 个公钥的列表。")
    return [_key_of(place, row) for place, row in enumerate(rows, start=1)]


def _key_of(place: int, row: object) -> HallKey:
    if not isinstance(row, dict):
        raise TrustRefused(f"第 {place} 个公钥的格式不对。")
    node_id, division, key = (str(row.get(name, "")) for name in ("node_id", "division", "key"))
    if len(node_id) != 32 or len(division) != 12 or not division.isdigit() or not division.isascii():
        raise TrustRefused(f"第 {place} 个公钥的机器编号或区划代码不对。")
    try:
        return HallKey(node_id, division, accept_public_key(bytes.fromhex(key)))
    except (ValueError, OddKey) as error:
        raise TrustRefused(f"第 {place} 个公钥不合格。") from error
