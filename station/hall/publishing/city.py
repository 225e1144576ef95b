"""What the city does with its keys after the first day: replace one, and take a county's word back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from securesystemslib.signer import Key, Signer
from tuf.api.metadata import Root

from catalog_cache.errors import KeyRefused
from catalog_cache.signatures.ceremony import CitySigners, RootChange, renew_city, renew_root, revoke_county
from catalog_cache.signatures.keyfile import new_key, open_key
from catalog_cache.signatures.shelf import read_role, role_path
from catalog_cache.signatures.signing import ROOT_THRESHOLD
from station.hall.publishing.keys import CITY_NAMES, ROOT_NAMES, CityDesk

NEW, OLD = "new", "old"
ALL_NAMES = (*ROOT_NAMES, *CITY_NAMES)
_GROUPS = {"root": ROOT_NAMES, "targets": CITY_NAMES}


def replace(city: CityDesk, names: Sequence[str], now: datetime) -> bytes:
    """Put new keys in the place of these, lost or worn out alike; returns root.json.

    Two of the present root keys must be at hand. The new files are made in `new/` and move into place
    when all is signed; a replaced file that is still there moves to `old/`. Cut off anywhere, the same
    call ends it. Raises KeyRefused, PublishRefused.
    """
    if not names or set(names) - set(ALL_NAMES):
        raise KeyRefused(f"没有名为 {'、'.join(sorted(set(names) - set(ALL_NAMES)))} 的市级密钥。")
    root = read_role(city.out, Root, "root").signed
    new = {name: _new_signer(city, name) for name in names}
    held = {name: city.signer(name) for name in ALL_NAMES if (city.keys_folder / name).exists()}
    if not all(signer.public_key.keyid in root.keys for signer in new.values()):
        _change_root(city, root, held, new, now)
    if set(names) & set(CITY_NAMES):
        _sign_city_files(city, held | new, now)
    for name in names:
        _move_into_place(city, name, held.get(name))
    version = read_role(city.out, Root, "root").signed.version
    return role_path(city.out, "root", version).read_bytes()


def revoke(city: CityDesk, now: datetime, *, is_clock_checked: bool = False) -> bytes:
    """Take back what a county may publish; returns root.json. Raises KeyRefused, PublishRefused."""
    names = _root_names_here(city)
    signers = CitySigners(city.signers(names), city.signers(CITY_NAMES))
    return revoke_county(city.out, signers, now, is_clock_checked=is_clock_checked)


def _root_names_here(city: CityDesk) -> list[str]:
    names = [name for name in ROOT_NAMES if (city.keys_folder / name).exists()]
    if len(names) < ROOT_THRESHOLD:
        raise KeyRefused("根密钥不足两把。", "请带齐至少两把根密钥后重新签发。")
    return names


def _new_signer(city: CityDesk, name: str) -> Signer:
    path = city.keys_folder / NEW / name
    passphrase = city.ask(f"{NEW}/{name}")
    return open_key(path, passphrase) if path.exists() else new_key(path, passphrase)


def _change_root(
    city: CityDesk, root: Root, held: Mapping[str, Signer], new: Mapping[str, Signer], now: datetime
) -> None:
    """The next root, signed by the old root keys that are here and by the new ones."""
    keys = {role: _keys_after(root, role, held, new) for role in _GROUPS}
    here = [held[name] for name in _root_names_here(city)]
    signers = [*here, *(signer for name, signer in new.items() if name in ROOT_NAMES)]
    renew_root(city.out, signers, RootChange(root_keys=keys["root"], city_keys=keys["targets"]), now)


def _keys_after(
    root: Root, role: str, held: Mapping[str, Signer], new: Mapping[str, Signer]
) -> tuple[Key, ...]:
    """The keys of a role once the new ones are in. A lost key is the one that no file here opens."""
    names = [name for name in _GROUPS[role] if name in new]
    known = {signer.public_key.keyid for signer in held.values()}
    dropped = {held[name].public_key.keyid for name in names if name in held}
    lost = [name for name in names if name not in held]
    unseen = [keyid for keyid in root.roles[role].keyids if keyid not in known]
    if lost and len(lost) != len(unseen):
        raise KeyRefused("分不清丢失的是哪一把密钥。", "请把没有丢失的密钥都带来，再重新运行。")
    dropped |= set(unseen) if lost else set()
    kept = [root.keys[keyid] for keyid in root.roles[role].keyids if keyid not in dropped]
    return (*kept, *(new[name].public_key for name in names))


def _sign_city_files(city: CityDesk, signers: Mapping[str, Signer], now: datetime) -> None:
    missing = [name for name in CITY_NAMES if name not in signers]
    if missing:
        raise KeyRefused(f"找不到 {missing[0]}。", "市级文件须两把市级密钥一起签，请带齐后重新运行。")
    renew_city(city.out, [signers[name] for name in CITY_NAMES], {}, now)


def _move_into_place(city: CityDesk, name: str, replaced: Signer | None) -> None:
    path = city.keys_folder / name
    if replaced is not None:
        old = city.keys_folder / OLD / f"{replaced.public_key.keyid[:8]}-{name}"
        old.parent.mkdir(mode=0o700, exist_ok=True)
        path.replace(old)
    (city.keys_folder / NEW / name).replace(path)
