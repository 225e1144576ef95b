"""The two keys that need no person: the hall signs its snapshot and timestamp again by itself.

They say only that nothing newer is being held back; no word of the catalog can be changed with them.
They lie in the node's own store, under its node key, from when a person opens their files once.
"""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner, Signer

from catalog_cache.distribution.freshness import signatures
from catalog_cache.errors import CatalogError
from catalog_cache.signatures.keyfile import open_key
from station import audit, kept
from station.hall.publishing import arrivals, base
from station.hall.publishing.desk import (
    SNAPSHOT_KEY,
    TIMESTAMP_KEY,
    Desk,
    Passphrases,
    open_city_signers,
    open_signers,
)
from station.hall.publishing.errors import NotPublished
from station.hall.publishing.release import take_own

if TYPE_CHECKING:
    from station.node import Node

log = logging.getLogger("station.publishing")
SECRETS = {"snapshot": "catalog-snapshot-key", "timestamp": "catalog-timestamp-key"}
# A timestamp holds for 30 days; signed every 5, a station that hears of one can be late by weeks.
SIGN_EVERY = timedelta(days=5)


def switch_on(node: "Node", passphrase: str, *, by: str, now: datetime) -> datetime:
    """Keep both keys here and sign with them at once; returns when the timestamp goes stale.

    Raises KeyRefused, NotPublished, PublishRefused; nothing is kept then.
    """
    desk = Desk.of(node)
    if desk.missing():
        raise NotPublished(desk.missing(), "准备好之后再设联机密钥。")
    files = {"snapshot": SNAPSHOT_KEY, "timestamp": TIMESTAMP_KEY}
    signers = {role: open_key(desk.keys_folder / name, passphrase) for role, name in files.items()}
    expires = desk.repository.refresh(signers["snapshot"], signers["timestamp"], now)
    for role, signer in signers.items():
        kept.keep_secret(node.node_key, SECRETS[role], _private_bytes(signer))
    audit.record(by, "catalog.keys_online", now=now)
    take_own(node, now)
    return expires


def switch_off(node: "Node", *, by: str, now: datetime) -> None:
    """Forget both keys; from then on a person signs again."""
    for name in SECRETS.values():
        kept.forget_secret(name)
    audit.record(by, "catalog.keys_offline", now=now)


def is_on(node: "Node") -> bool:
    """Whether this hall holds both keys."""
    return all(kept.secret(node.node_key, name) is not None for name in SECRETS.values())


def sign_when_due(node: "Node", now: datetime) -> str:
    """Sign again when the last signature is SIGN_EVERY old; what kept it from signing, in Chinese, or ""."""
    desk = Desk.of(node)
    if not desk.repository.is_ready or not is_on(node):
        return ""
    try:
        last = desk.repository.in_force()
        signed_at = last.published_at if last else None
        if signed_at is not None and timedelta(0) <= now - signed_at < SIGN_EVERY:
            return ""
        desk.repository.refresh(_signer(node, "snapshot"), _signer(node, "timestamp"), now)
    except CatalogError as error:
        log.warning("signing: %s", error.why)
        return error.why
    audit.record("#hall", "catalog.signed_again", now=now)
    take_own(node, now)
    return ""


def renew(
    node: "Node", passphrase: str, *, by: str, now: datetime, is_clock_checked: bool, second: str = ""
) -> datetime:
    """Sign everything of this desk again, no content changed; returns when the first part goes stale.

    At a county, what the city only renewed comes into force with it. second: see `release.publish`.
    Raises NotPublished, KeyRefused, PublishRefused.
    """
    desk = Desk.of(node)
    if desk.missing():
        raise NotPublished(desk.missing(), "准备好之后再续签。")
    if desk.is_city:
        both = open_city_signers(desk.keys_folder, Passphrases(passphrase, second))
        desk.city.publish({}, both, now, is_clock_checked=is_clock_checked)
        audit.record(by, "catalog.renewed", now=now)
        return min(county.expires for county in desk.city.named())
    signers = open_signers(desk.keys_folder, passphrase)
    handover = arrivals.to_sign_with(desk.repository, base.in_force_sha256())
    desk.repository.publish({}, signers, now, is_clock_checked=is_clock_checked, handover=handover)
    audit.record(by, "catalog.renewed", now=now)
    take_own(node, now)
    return signatures(desk.repository.folder)[0].expires


def _signer(node: "Node", role: str) -> Signer:
    pem = kept.secret(node.node_key, SECRETS[role])
    assert pem is not None, "looked at in is_on"
    return CryptoSigner(load_pem_private_key(pem, None))


def _private_bytes(signer: Signer) -> bytes:
    assert isinstance(signer, CryptoSigner)
    return signer.private_bytes
