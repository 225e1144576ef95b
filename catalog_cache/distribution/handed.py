"""What a city signed since, on its way to a county over the link.

Nothing here is believed: what was fetched lies in a folder that `read_handover` checks against the root
the county holds already. Nothing is asked for that the city's two signatures do not list. The base comes
as its difference from one that is here already, where the city has such a difference.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tuf.api.metadata import Root, TargetFile, Targets

from catalog_cache.distribution.delta import DELTA_BYTES_MAX, apply_delta
from catalog_cache.distribution.handed_zip import SIGNED_BYTES_MAX, SIGNED_MAX, SIGNED_NAME
from catalog_cache.distribution.sources import Source
from catalog_cache.errors import (
    BadDelta,
    BadHandover,
    NotServed,
    PublishRefused,
    SourceUnreachable,
    UpdateRefused,
)
from catalog_cache.files import NotAFile, read_plain, write_whole
from catalog_cache.layering.layer_files import BASE
from catalog_cache.signatures.handover import read_word, whole_target
from catalog_cache.signatures.metadata import BYTES_MAX, TARGET_BYTES_MAX, read_metadata
from catalog_cache.signatures.shelf import (
    METADATA,
    TARGETS,
    carried_name,
    delta_name,
    newest_version,
    read_role,
    role_name,
    target_name,
)

STEPS_MAX = 256
_XZ_MARGIN_BYTES = 4096


def fetch_handover(source: Source, held: Sequence[Path], into: Path) -> bool:
    """Bring what the city signed since into an empty folder; False when it signed nothing newer.

    held: folders of signed files that are here already, none of whose files is fetched again; the first
    has a root. Raises NotServed, SourceUnreachable, UpdateRefused, BadHandover, PublishRefused.
    """
    roots = _next_ones(source, "root", max(newest_version(folder, "root") for folder in held))
    files = _next_ones(source, "targets", max(newest_version(folder, "targets") for folder in held))
    if not roots and not files:
        return False
    _lay_roots(held, into)
    for name, data in [*roots, *files[-1:]]:
        write_whole(into / METADATA / name, data)
    if not files:
        folder = max(held, key=lambda one: newest_version(one, "targets"))
        name = role_name("targets", newest_version(folder, "targets"))
        write_whole(into / METADATA / name, (folder / METADATA / name).read_bytes())
    word = read_word(into, read_role(held[0], Root, "root").signed)
    targets = list(word.authority.targets.targets.values())
    if len(targets) > SIGNED_MAX or sum(target.length for target in targets) > SIGNED_BYTES_MAX:
        raise BadHandover("市级文件过多或过大。")
    for target in targets:
        _bring(source, held, target, into)
    return True


def _next_ones(source: Source, role: str, held: int) -> list[tuple[str, bytes]]:
    """Every version after the one held that the place serves, by name."""
    found: list[tuple[str, bytes]] = []
    for version in range(held + 1, held + 1 + STEPS_MAX):
        name = role_name(role, version)
        try:
            found.append((name, source.metadata(name, BYTES_MAX[role])))
        except NotServed:
            break
    return found


def _lay_roots(held: Sequence[Path], into: Path) -> None:
    """The roots that are here already, so that the folder can be checked as a whole."""
    for folder in held:
        for version in range(1, newest_version(folder, "root") + 1):
            name = role_name("root", version)
            if (folder / METADATA / name).exists():
                write_whole(into / METADATA / name, (folder / METADATA / name).read_bytes())


def _bring(source: Source, held: Sequence[Path], target: TargetFile, into: Path) -> None:
    """One signed file: from a folder here, by its difference, or whole; `read_handover` checks its hash."""
    name = carried_name(target)
    if not SIGNED_NAME.fullmatch(f"{TARGETS}/{name}") or target.length > TARGET_BYTES_MAX:
        raise BadHandover(f"市级文件 {target.path[:80]} 的名称或大小不对。")
    plain = _held_already(held, target)
    if plain is None and target.path == BASE:
        plain = _by_delta(source, held, target)
    if plain is not None:
        write_whole(into / TARGETS / target_name(target), plain)
    else:
        write_whole(into / TARGETS / name, source.target(name, target.length + _XZ_MARGIN_BYTES))


def _held_already(held: Sequence[Path], target: TargetFile) -> bytes | None:
    """The same file from a folder here; one that went bad there is no reason to be without it."""
    for folder in held:
        with suppress(OSError, NotAFile, UpdateRefused):
            return whole_target(folder, target)
    return None


def _by_delta(source: Source, held: Sequence[Path], target: TargetFile) -> bytes | None:
    """The base made of one that is here; None where on any doubt the whole has to come."""
    for digest, base in _bases(held):
        with suppress(NotServed, UpdateRefused, SourceUnreachable, BadDelta):
            delta = source.delta(delta_name(digest, target.hashes["sha256"]), DELTA_BYTES_MAX)
            return apply_delta(delta, base, target.hashes["sha256"], target.length)
    return None


def _bases(held: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """The bases that are here whole, by SHA-256 (hex), the newest first."""
    for folder in sorted(held, key=lambda one: newest_version(one, "targets"), reverse=True):
        with suppress(PublishRefused, UpdateRefused, NotAFile, OSError):
            city = read_metadata(Targets, _newest_targets(folder)).signed
            if target := city.targets.get(BASE):
                yield target.hashes["sha256"], whole_target(folder, target)


def _newest_targets(folder: Path) -> bytes:
    name = role_name("targets", newest_version(folder, "targets"))
    return read_plain(folder / METADATA, name, BYTES_MAX["targets"])
