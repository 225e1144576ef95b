"""A county, a relay, a stick and two stations, and what each may be found to hold after a power cut."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.mirror import Mirror
from catalog_cache.distribution.publish import Repository
from catalog_cache.distribution.sample_files import FileStore, Round, shelve_file, wanted_files
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.distribution.stick import copy_files, copy_published
from catalog_cache.distribution.update import verify_installed
from catalog_cache.errors import CatalogError
from catalog_cache.installed.cache import CatalogCache
from catalog_cache.installed.catalog import Catalog
from tests.catalog_cache.press import PACK_PATH, START, Press, Station
from tests.faults.draft_world import DraftDesk, sample_picture, state_of
from tests.tools.edits import edited
from tests.tools.make_items import make_items, make_pack
from tests.tools.sample_files import with_files

ITEMS, FILES = 60, 12
WORKS = ("publish", "hand on", "export", "import", "update", "table", "sample")


class World:
    """All of them in one folder. Every work is begun anew in each process, as after a start."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self._seed = folder, seed
        self.press = Press(folder / "press")
        self.stick, self.relay = folder / "stick", folder / "relay/repository"
        self.items, content = with_files(ITEMS, FILES, seed, shrink=8)
        for data in content.values():
            shelve_file(self.press.folder, data, "样表.jpg")
        self.hashes = {""}
        self.version = 0
        self._chance, self._choice = Random(f"edits {seed}"), Random(f"given up {seed}")
        self._pack = b""
        for name in ("relay", "village", "linked"):
            Station(folder / name, self.press).cache.close()
        self.works: dict[str, Callable[[], object]] = {
            "publish": self._publish,
            "hand on": self._hand_on,
            "export": self._export,
            "import": self._import,
            "update": lambda: self._update("linked", self.press.folder),
            "table": lambda: self.tables.imports(self.items),
            "sample": lambda: self.samples.attaches(self._first, sample_picture(self.version)),
        }
        plain = make_items(ITEMS, seed)
        self._first = plain[0].code
        self.tables = DraftDesk(folder / "tables", self.items, START)
        self.samples = DraftDesk(folder / "samples", plain, START)
        self._states = {state_of(self.items): 0}
        self._pictures = {"": 0}

    def next_version(self) -> None:
        """Some items are edited, and wait to be published."""
        self.version += 1
        self.items = edited(self.items, self._chance, changed=4)
        self._pack = make_pack(self.items, self.version)
        self._states[state_of(self.items)] = self.version
        self._pictures[sha256(sample_picture(self.version)).hexdigest()] = self.version
        self.hashes.add(sha256(self._pack).hexdigest())
        self.press.now += timedelta(hours=1)

    def prepare(self, work: str) -> None:
        """What goes before a work and is not cut off."""
        if work == "hand on":
            self._update("relay", self.press.folder)

    def look(self, work: str) -> list[str]:
        """What is wrong with whoever was cut off in `work`; nothing, whatever the moment was."""
        looks = {
            "publish": lambda: self._folder_findings(self.press.folder),
            "hand on": lambda: self._folder_findings(self.relay),
            "export": lambda: self._folder_findings(self.stick),
            "import": lambda: [*self._station_findings("village"), *self._sample_findings()],
            "update": lambda: self._station_findings("linked"),
            "table": self._table_findings,
            "sample": self._attachment_findings,
        }
        return [f"{work}: {found}" for found in looks[work]()]

    def version_of(self, work: str) -> int:
        """The version that whoever does `work` holds now, 0 for none."""
        folders = {"publish": self.press.folder, "hand on": self.relay, "export": self.stick}
        if work in folders:
            return _version_in(folders[work])
        if work == "table":
            return self._states.get(self.tables.state(), -1)
        if work == "sample":
            return self._pictures.get(self.samples.sample_of(self._first), -1)
        cache = self._cache("village" if work == "import" else "linked")
        try:
            held = cache.current()
            return held.version if held else 0
        finally:
            cache.close()

    def _publish(self) -> None:
        Repository(self.press.folder).publish({"pack.jsonl": self._pack}, self.press.county, self.press.now)
        DeltaShelf(self.press.folder).prepare(2)

    def _hand_on(self) -> None:
        Mirror(self.folder / "relay/metadata", self._cache("relay"), self.relay).take_over()

    def _export(self) -> None:
        copy_published(self.press.folder, self.stick)
        copy_files(self.press.folder, self.stick, self.folder / "none")

    def _import(self) -> None:
        catalog = self._update("village", self.stick)
        assert catalog is not None
        store = FileStore(self.folder / "village/samples")
        store.keep_only(wanted_files(catalog)[self.version % 5 :])
        store.fetch(FolderSource(self.stick), wanted_files(catalog), Round(START))

    def _update(self, name: str, place: Path) -> Catalog | None:
        station = Station(self.folder / name, self.press)
        report = station.updates(place)
        assert not report.why, report.why
        return station.cache.current()

    def _cache(self, name: str) -> CatalogCache:
        return CatalogCache(self.folder / name / "catalog")

    def _folder_findings(self, folder: Path) -> list[str]:
        """A stranger finds a whole, signed version that was published there, or nothing yet."""
        if not (folder / "metadata/timestamp.json").exists():
            return [] if self.version <= 1 else ["the folder has no version any more"]
        client = TufClient(
            self.folder / "strangers" / sha256(str(folder).encode()).hexdigest()[:8],
            FolderSource(folder),
            None,
        )
        try:
            client.init(self.press.root)
            pack = client.download(PACK_PATH)
        except CatalogError as error:
            return [f"a stranger is refused: {error}"]
        return [] if sha256(pack).hexdigest() in self.hashes else ["a pack nobody published"]

    def _station_findings(self, name: str) -> list[str]:
        """The catalog in use is whole, is one that was published, and can be proved."""
        cache = self._cache(name)
        try:
            catalog = cache.current()
            if catalog is None:
                return [] if self.version <= 1 else ["no catalog any more"]
            found = [health.message for health in cache.check() if health.message]
            pack = cache.pack(catalog.version)
            if sha256(pack).hexdigest() not in self.hashes:
                found.append("a pack nobody published")
            if catalog.count != sum(1 for _ in catalog.items()):
                found.append("not all items can be read")
            verdict = verify_installed(self.folder / name / "metadata", pack)
            return found if verdict.is_proved else [*found, f"not proved: {verdict.why}"]
        except CatalogError as error:
            return [f"the catalog cannot be read: {error}"]
        finally:
            cache.close()

    def _table_findings(self) -> list[str]:
        """The draft before the table or after it; what was half read may be given up or taken up."""
        found = self.tables.findings([item.code for item in self.items], has_files=False)
        if self._choice.random() < 0.5:
            self.tables.drops_imports()
        is_known = self._states.get(self.tables.state(), -1) >= self.version - 1
        return found if is_known else [*found, "a draft that nobody imported"]

    def _attachment_findings(self) -> list[str]:
        """The draft before the upload or after it; whatever it names lies on the shelf."""
        codes = [item.code for item in make_items(ITEMS, self._seed)]
        found = self.samples.findings(codes, has_files=True)
        is_known = self._pictures.get(self.samples.sample_of(self._first), -1) >= self.version - 1
        return found if is_known else [*found, "a sample that nobody uploaded"]

    def _sample_findings(self) -> list[str]:
        files = (self.folder / "village/samples").glob("*")
        whole = [path for path in files if len(path.name) == 64]
        wrong = [path.name for path in whole if sha256(path.read_bytes()).hexdigest() != path.name]
        return [f"sample {name} is not what it says" for name in wrong]


def _version_in(folder: Path) -> int:
    try:
        now = Repository(folder).in_force()
    except CatalogError:
        return 0
    custom = now.files[PACK_PATH].custom if now else None
    return int(custom["version"]) if isinstance(custom, dict) else 0
