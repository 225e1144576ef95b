"""Applications typed elsewhere and taken in by file: one JSON object a line, each line all or nothing.

A line: {"ref": "纸质编号", "items": [{"code", "answers": {}}], "who": {...}, "form": {...},
"materials": {"居民身份证": {"state", "reason", "pages", "files": ["scan.pdf"]}}, "package": ""}.
`who` and `form` have the names of the fields on the pages; files are paths below the list's folder.
The same ref (or, without one, the same line) taken in again gives the same receipt.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from catalog_cache.errors import CatalogError
from station.cases.basket import line_key, merged_list, name_key
from station.cases.clocks import local_day
from station.cases.errors import FormRefused
from station.cases.intake import Application, TakenIn, take_in
from station.cases.numbers import grouped
from station.cases.openings import check_open
from station.cases.parts import Actor
from station.cases.place import Place
from station.cases.uploads import UPLOAD_BYTES_MAX, Upload, read_upload
from station.errors import StationError
from station.intake.checks import STEPS, problems
from station.intake.drafts import Content, Work
from station.intake.models import Draft
from station.intake.reading import TYPED_LENGTH_MAX, prefill
from station.intake.submission import application_of
from sync.errors import SyncError

LINE_BYTES_MAX = 256 * 1024
LINES_MAX = 10_000
FILES_PER_LINE_MAX = 60
FIELDS = {"ref", "items", "who", "form", "materials", "package"}


@dataclass(frozen=True)
class LineReport:
    """What became of one line. number counts from 1; error: Chinese, "" when it was taken in."""

    number: int
    receipt_number: str = ""
    cases: int = 0
    is_repeat: bool = False
    error: str = ""


def import_lines(place: Place, lines: Iterable[bytes], folder: Path, by: Actor) -> Iterator[LineReport]:
    """Take in line by line; a line that does not hold leaves nothing and the next one goes on."""
    for number, line in enumerate(lines, 1):
        if number > LINES_MAX:
            yield LineReport(number, error=f"一个文件最多 {LINES_MAX} 行，其余没有读。请分成几个文件。")
            return
        if line.strip():
            yield _taken(place, number, line, folder, by)


def _taken(place: Place, number: int, line: bytes, folder: Path, by: Actor) -> LineReport:
    try:
        done = take_in(place, _application(place, line, folder), by)
    except (StationError, CatalogError, SyncError) as error:
        return LineReport(number, error=f"{error.what}{error.why}{error.next_step}")
    return _report(number, done)


def _report(number: int, done: TakenIn) -> LineReport:
    return LineReport(number, grouped(done.intake.receipt_number), len(done.cases), done.is_repeat)


def _application(place: Place, line: bytes, folder: Path) -> Application:
    given = _object(line)
    today = local_day(place.stamp().at)
    work = _work(place, given, hashlib.sha256(_name_of(given, line)).hexdigest()[:32])
    prefill(work)
    _refuse_problems(work, today)
    application = application_of(work, today)
    scans = _scans(given, folder)
    checked = {key: replace(one, files=scans.get(key, ())) for key, one in application.checked.items()}
    return replace(application, checked=checked)


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LINE_BYTES_MAX:
        raise FormRefused(f"这一行有 {len(line)} 字节，最多 {LINE_BYTES_MAX} 字节。", "请检查换行。")
    try:
        given = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FormRefused("这一行不是有效的 JSON。", "请检查引号、逗号和编码（UTF-8）。") from error
    if not isinstance(given, dict) or not set(given) <= FIELDS:
        raise FormRefused(
            f"一行应是一个对象，只能有这些字段：{'、'.join(sorted(FIELDS))}。", "请改正后再导入。"
        )
    return given


def _name_of(given: Mapping[str, Any], line: bytes) -> bytes:
    ref = given.get("ref")
    return f"ref:{ref}".encode() if isinstance(ref, str) and ref else line.strip()


def _work(place: Place, given: Mapping[str, Any], token: str) -> Work:
    chosen = _list(given, "items")
    codes = [_text(_map(one), "code") for one in chosen]
    content = Content(
        items=codes,
        package=_text(given, "package"),
        answers={_text(one, "code"): _texts(one, "answers") for one in chosen},
        who={"kind": "person", "id_kind": "idcard"} | _texts(given, "who"),
        form=_texts(given, "form"),
    )
    items = [place.catalog.item(code) for code in dict.fromkeys(codes)]
    for item in items:
        check_open(item, place.catalog.days)
    work = Work(Draft(token=token), content, items, place.catalog.days)
    content.checked = _checked(work, _map(given.get("materials", {})))
    return work


def _checked(work: Work, materials: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """By line key; materials nobody mentions are left open and named by the checks."""
    checked = {}
    for line in merged_list(work.chosen):
        found = materials.get(line.material.name)
        if found is not None:
            values = _map(found)
            checked[line_key(line)] = {name: _text(values, name) for name in ("state", "reason", "pages")}
    return checked


def _refuse_problems(work: Work, today: date) -> None:
    for step in STEPS:
        errors = problems(work, step, today)
        if errors:
            raise FormRefused(
                "；".join(message for _, message in errors.items()) + "。", "请改正这一行后再导入。"
            )


def _scans(given: Mapping[str, Any], folder: Path) -> dict[str, tuple[Upload, ...]]:
    scans: dict[str, tuple[Upload, ...]] = {}
    for name, values in _map(given.get("materials", {})).items():
        paths = _list(_map(values), "files")
        if len(paths) > FILES_PER_LINE_MAX:
            raise FormRefused(f"材料“{name[:60]}”的附件太多，最多 {FILES_PER_LINE_MAX} 个。")
        scans[name_key(name)] = tuple(_scan(folder, path) for path in paths)
    return scans


def _scan(folder: Path, given: object) -> Upload:
    """A file below the list's folder; nothing outside it can be reached."""
    path = (folder / str(given)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise FormRefused(f"没有附件文件“{str(given)[:100]}”。", "附件路径应相对于列表所在的文件夹。")
    with path.open("rb") as file:
        return read_upload(file.read(UPLOAD_BYTES_MAX + 1), path.name)


def _map(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FormRefused("有一处应是对象（花括号），写成了别的。", "请对照说明改正这一行。")
    return value


def _list(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name, [])
    if not isinstance(value, list):
        raise FormRefused(f"“{name}”应是列表（方括号）。", "请对照说明改正这一行。")
    return value


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise FormRefused(f"“{name}”应是文字。", "请对照说明改正这一行。")
    return value.strip()[:TYPED_LENGTH_MAX]


def _texts(given: Mapping[str, Any], name: str) -> dict[str, str]:
    values = _map(given.get(name, {}))
    return {key: _text(values, key) for key in values}
