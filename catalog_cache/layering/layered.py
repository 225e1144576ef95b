"""The packs of the publishers above a station, laid over each other entry by entry, as `build` reads one."""

from collections.abc import Iterator, Sequence

from catalog_cache.errors import BadPack, LayersClash
from catalog_cache.layer import RANK, Change, Source
from catalog_cache.layering.layer_rules import Conflict, Spoken, foreign_entry, taken_code
from catalog_cache.layering.layers import Said, compose_item
from catalog_cache.model import Item, Level
from catalog_cache.pack import Entry, PackMeta, PackReader

LAYERS_MAX = 3
CONFLICTS_MAX = 500


class LayeredPack:
    """A city's pack, a county's over it and perhaps a township's: one catalog under the county's number.

    meta: the county's. Entries are read again each time, so that a large catalog fills no memory.
    """

    def __init__(self, packs: Sequence[PackReader]) -> None:
        """packs: at most one of a level, among them a county's. Raises BadPack."""
        ordered = sorted(packs, key=lambda pack: RANK[pack.meta.source.level])
        levels = [pack.meta.source.level for pack in ordered]
        if len(set(levels)) != len(levels) or Level.COUNTY not in levels or len(levels) > LAYERS_MAX:
            raise BadPack("各级目录应当每级最多一份，并且要有县级的一份。")
        self._packs = ordered
        self.meta: PackMeta = next(p.meta for p in ordered if p.meta.source.level is Level.COUNTY)
        self._changes = [(pack.meta.source, pack.changes()) for pack in ordered]
        self._listing = [
            source
            for source, changes in self._changes
            if source.level is Level.TOWNSHIP and any(change.is_on for change in changes.values())
        ]

    def entries(self) -> Iterator[Entry]:
        """Every entry as a station uses it; codes come once, in no order.

        Raises BadPack, and after the last entry LayersClash when anything did not fit.
        """
        conflicts: list[Conflict] = []
        seen: dict[str, tuple[str, Source]] = {}
        for pack in self._packs:
            source = pack.meta.source
            for entry in pack.entries():
                code, name = entry.record.code, entry.record.name
                if source.level is Level.TOWNSHIP:
                    conflicts.append(foreign_entry(source, code, name))
                elif code in seen:
                    conflicts.append(taken_code(source, name, *seen[code], code))
                else:
                    seen[code] = (name, source)
                    yield self._laid_over(entry, source, conflicts)
        if conflicts:
            raise LayersClash([f"{one.name}（{one.code}）{one.message}" for one in conflicts[:CONFLICTS_MAX]])

    def _laid_over(self, entry: Entry, origin: Source, conflicts: list[Conflict]) -> Entry:
        own = {} if origin == self.meta.source else {"": origin}
        if not isinstance(entry.record, Item):
            return Entry(entry.record, entry.pinyin, own)
        said = self._said_of(entry.record.code)
        spoken, found = compose_item(Spoken(entry.record, origin, {}), said, self._listing)
        conflicts += found
        return Entry(spoken.item, entry.pinyin, own | dict(spoken.sources))

    def _said_of(self, code: str) -> list[Said]:
        found: list[tuple[Source, Change]] = []
        for source, changes in self._changes:
            if code in changes:
                found.append((source, changes[code]))
        return found
