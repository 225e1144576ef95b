"""The parts of a workbook (XML), read from a stranger: in pieces, within bounds, no document types."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

from catalog_cache.errors import BadTable

SHARED_CHARS_MAX = 40_000_000
SHARED_COUNT_MAX = 2_000_000
BROKEN = "工作簿内部结构有误，打不开；请用表格软件打开后另存为 xlsx 再导入。"
_CHUNK = 64 * 1024
_SIGN = re.compile("_x([0-9A-Fa-f]{4})_")


class PartReader:
    """Feeds one part to expat in pieces. Subclasses listen."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._first
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, archive: zipfile.ZipFile, part: str) -> Iterator[None]:
        """Read the part; yields now and then, so that a listener can hand over what it has."""
        if part not in archive.NameToInfo:
            raise BadTable(BROKEN)
        try:
            with archive.open(part) as file:
                while chunk := file.read(_CHUNK):
                    self.parser.Parse(chunk)
                    yield
                self.parser.Parse(b"", True)
                yield
        except expat.ExpatError as error:
            raise BadTable(BROKEN) from error

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        """Names are compared without their prefix; most files use none, and are read faster."""
        has_prefix = ":" in name
        self.parser.StartElementHandler = self._start_prefixed if has_prefix else self.start
        self.parser.EndElementHandler = self._end_prefixed if has_prefix else self.end
        self.parser.StartElementHandler(name, attributes)

    def _start_prefixed(self, name: str, attributes: dict[str, str]) -> None:
        self.start(name.rpartition(":")[2], attributes)

    def _end_prefixed(self, name: str) -> None:
        self.end(name.rpartition(":")[2])

    def _doctype(self, *_: object) -> None:
        raise BadTable("工作簿内含文档类型声明，已拒绝。")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Text between."""


class Book(PartReader):
    """The names of the sheets and their relation ids; whether days count from 1904."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            ids = [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"]
            self.sheets.append((attributes.get("name", "").strip()[:40], ids[0] if ids else ""))
        if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            raise BadTable("工作簿使用 1904 日期系统，日期会差四年；请改为 1900 日期系统后另存再导入。")


class Relations(PartReader):
    """Where the parts lie, by relation id."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            inside = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
            self.targets[attributes.get("Id", "")] = posixpath.normpath(inside)


class SharedStrings(PartReader):
    """The shared strings; readings above characters (rPh) are left out. chars_max, count_max: of them all."""

    def __init__(self, chars_max: int = SHARED_CHARS_MAX, count_max: int = SHARED_COUNT_MAX) -> None:
        super().__init__()
        self._chars_max, self._count_max = chars_max, count_max
        self.strings: list[str] = []
        self._parts: list[str] = []
        self._is_text = self._is_reading = False
        self._chars = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._is_reading = True
        elif name == "t":
            self._is_text = not self._is_reading

    def end(self, name: str) -> None:
        if name == "si":
            self.strings.append(decoded("".join(self._parts)))
            count_max = self._count_max
            if len(self.strings) > count_max:
                raise BadTable(f"工作簿中的文字超过 {count_max} 条。")
        elif name == "rPh":
            self._is_reading = False
        elif name == "t":
            self._is_text = False

    def text(self, data: str) -> None:
        if self._is_text:
            self._parts.append(data)
            self._chars += len(data)
            if self._chars > self._chars_max:
                raise BadTable("工作簿中的文字过多。")


def decoded(text: str) -> str:
    """Text with its _xHHHH_ signs read as UTF-16 units; a half of a pair becomes U+FFFD, refused later on."""
    if not _SIGN.search(text):
        return text
    units = _SIGN.sub(lambda found: chr(int(found[1], 16)), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
