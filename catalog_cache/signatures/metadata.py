"""Signed metadata as bytes: what publisher and station both do with it.

On top of the public `tuf.api.metadata`; every refusal of that library leaves here as one of ours.
Each role carries `"yimen": {"published_at": …}`, the time its signer vouches for; a station that
accepted the metadata knows that at least this moment has passed.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from securesystemslib.signer import Signer
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Signed, Snapshot, Targets, Timestamp

from catalog_cache.errors import PublishRefused, UpdateRefused
from catalog_cache.signatures.signing import LIFETIME

S = TypeVar("S", Root, Timestamp, Snapshot, Targets)

BYTES_MAX = {"root": 512_000, "timestamp": 16_384, "snapshot": 2_000_000, "targets": 5_000_000}
TARGET_BYTES_MAX = 64 * 1024 * 1024
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# A publisher's clock further ahead than this is asked about before it moves every station's idea of today.
LEAP_MAX = timedelta(days=180)


def read_metadata(kind: type[S], data: bytes) -> Metadata[S]:
    """Parse one metadata file of the given kind. Raises UpdateRefused("format")."""
    try:
        metadata = Metadata.from_bytes(data)
    except RepositoryError as error:
        raise UpdateRefused("format", f"收到的 {kind.type} 文件读不懂。") from error
    if metadata.signed.type != kind.type:
        raise UpdateRefused("format", f"应为 {kind.type} 文件，收到的是 {metadata.signed.type}。")
    return metadata  # type: ignore[return-value]


def require_signatures(delegator: Root | Targets, role: str, metadata: Metadata[Any]) -> None:
    """Check that enough of the keys named for `role` signed it. Raises UpdateRefused("signature")."""
    try:
        delegator.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, ValueError) as error:
        raise UpdateRefused("signature", f"{role} 的签名不足，或不是授权的密钥所签。") from error


def signed_bytes(signed: Signed, signers: Iterable[Signer]) -> bytes:
    """The compact JSON file of `signed` with the signature of each signer."""
    metadata: Metadata[Any] = Metadata(signed)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def expiry(role: str, now: datetime) -> datetime:
    """When something signed now for `role` goes stale; whole seconds, as the format wants."""
    return (now + LIFETIME[role]).replace(microsecond=0)


def stamp(now: datetime) -> dict[str, Any]:
    """The extra field that vouches for the time of signing."""
    return {"yimen": {"published_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}}


def published_at(signed: Signed) -> datetime | None:
    """The time its signer vouches for; None where the metadata carries none."""
    extra = signed.unrecognized_fields.get("yimen")
    text = extra.get("published_at") if isinstance(extra, dict) else None
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def require_sane_clock(
    now: datetime, before: Signed | None, *, is_clock_checked: bool, leap_max: timedelta = LEAP_MAX
) -> None:
    """Refuse to sign with a clock that stands before the last signature or leap_max after it.

    A signature from 2035 would make stations take everything later for expired; this is the one
    place where that can be stopped. is_clock_checked: a person looked, and a long pause is real.
    """
    last = published_at(before) if before is not None else None
    if last is None:
        return
    if now < last:
        raise PublishRefused(
            f"本机时间（{now:%Y-%m-%d}）早于上次签发（{last:%Y-%m-%d}）。", "请先校正本机时间。"
        )
    if now - last > leap_max and not is_clock_checked:
        why = f"距上次签发已超过 {leap_max.days} 天，可能是本机时间不对。"
        raise PublishRefused(why, "请核对本机时间，无误再确认发布。")
