"""Keeping a draft: every step is saved as it was typed, right or wrong, so that nothing is lost."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from catalog_cache.errors import BadAnswer
from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Item
from catalog_cache.opening import Days
from catalog_cache.situations import path_of
from station.cases.basket import Chosen
from station.cases.identity import masked_party
from station.cases.intake import ITEMS_MAX
from station.cases.openings import check_open
from station.cases.terms import PartyKind
from station.cases.uploads import Upload
from station.intake.errors import BasketRefused, DraftGone
from station.intake.models import Draft, DraftFile
from sync.rows import write

FILES_MAX = 60
BYTES_MAX = 60 * 1024 * 1024
DRAFTS_MAX = 200


@dataclass
class Content:
    """What was typed so far. answers: by item code; who, form: by field; checked: by line key."""

    items: list[str] = field(default_factory=list)
    package: str = ""
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    who: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    checked: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Work:
    """One draft open on the table: its row, its content, its items from the catalog in use, and its days."""

    row: Draft
    content: Content
    items: list[Item]
    days: Days | None = None

    @property
    def token(self) -> str:
        """What names the draft in addresses, and makes a double submit harmless."""
        return str(self.row.token)

    @property
    def chosen(self) -> list[Chosen]:
        """The items with the answers that count."""
        return [Chosen(item, self.answers_of(item)) for item in self.items]

    def answers_of(self, item: Item) -> dict[str, str]:
        """The answers on the path of an item; what the catalog no longer knows is dropped."""
        given = self.content.answers.get(item.code, {})
        known = {question.id for question in item.questions}
        try:
            path = path_of(item, {key: value for key, value in given.items() if key in known})
        except BadAnswer:
            return {}
        return {question.id: option.value for question, option in path}

    def files(self, line: str | None = None) -> list[DraftFile]:
        """The scans of the draft, or of one line, without their bytes."""
        columns = [getattr(DraftFile, name) for name in DraftFile._meta.fields if name != "data"]
        query = DraftFile.select(*columns).where(DraftFile.draft == self.row)
        if line is not None:
            query = query.where(DraftFile.line == line)
        return list(query.order_by(DraftFile.added_at, DraftFile.file_id))


def start(
    catalog: Catalog, codes: Sequence[str], package: str, account: str, *, token: str, now: datetime
) -> Work:
    """A new draft with these items. Raises UnknownItem, PowerMissing, BasketRefused."""
    items = _fit(catalog, codes)
    content = Content(items=[item.code for item in items], package=package)
    with write():
        if Draft.select().count() >= DRAFTS_MAX:
            raise BasketRefused(f"本站已有 {DRAFTS_MAX} 份未完成的草稿。", "请先提交或放弃旧草稿。")
        row = Draft.create(token=token, account=account, data=_packed(content), changed_at=now)
        work = Work(row, content, items, catalog.days)
        save(work, step=1, now=now)
    return work


def open_draft(catalog: Catalog, token: str) -> Work:
    """A draft on the table. Raises DraftGone. Items that left the catalog leave the basket."""
    row: Draft | None = Draft.get_or_none(Draft.token == token)
    if row is None:
        raise DraftGone
    content = Content(**json.loads(row.data))
    items = [catalog.item(code) for code in content.items if catalog.has(code)]
    return Work(row, content, items, catalog.days)


def save(work: Work, *, step: int, now: datetime) -> None:
    """Keep what was typed; step is the furthest that was reached."""
    kind = PartyKind.FIRM if work.content.who.get("kind") == PartyKind.FIRM else PartyKind.PERSON
    name = work.content.who.get("name", "")[:60]
    work.row.label = "、".join(item.name for item in work.items)[:200]
    work.row.applicant_shown = masked_party(kind, name) if name else ""
    work.row.step = max(work.row.step, step)
    work.row.data = _packed(work.content)
    work.row.changed_at = now
    work.row.save()


def add_item(work: Work, catalog: Catalog, code: str, *, now: datetime) -> None:
    """One more item. Raises UnknownItem, PowerMissing, BasketRefused."""
    work.items = _fit(catalog, [*work.content.items, code])
    work.content.items = [item.code for item in work.items]
    save(work, step=1, now=now)


def remove_item(work: Work, code: str, *, now: datetime) -> None:
    """One item less; the last one stays."""
    if len(work.items) < 2:
        raise BasketRefused("这是最后一件事。", "不办了请放弃草稿。")
    work.items = [item for item in work.items if item.code != code]
    work.content.items = [item.code for item in work.items]
    save(work, step=1, now=now)


def discard(work: Work) -> None:
    """Throw the draft away, scans and all."""
    with write():
        DraftFile.delete().where(DraftFile.draft == work.row).execute()
        Draft.delete().where(Draft.token == work.token).execute()


def attach(work: Work, line: str, upload: Upload, *, file_id: str, now: datetime) -> DraftFile:
    """Keep one scan with its line. Raises BasketRefused when the draft grows too large."""
    with write():
        held = work.files()
        if len(held) >= FILES_MAX or sum(one.size for one in held) + len(upload.data) > BYTES_MAX:
            raise BasketRefused(
                f"一次申请最多 {FILES_MAX} 个附件、共 {BYTES_MAX // 2**20} MB。",
                "请合并成多页 PDF，或降低分辨率。",
            )
        return DraftFile.create(
            file_id=file_id,
            draft=work.row,
            line=line,
            name=upload.name,
            media_type=upload.media_type,
            pages=upload.pages,
            size=len(upload.data),
            data=upload.data,
            added_at=now,
        )


def file_of(work: Work, file_id: str) -> DraftFile:
    """One scan with its bytes. Raises DraftGone."""
    found: DraftFile | None = DraftFile.get_or_none(DraftFile.file_id == file_id, DraftFile.draft == work.row)
    if found is None:
        raise DraftGone
    return found


def detach(work: Work, file_id: str) -> None:
    """Take a scan away."""
    file_of(work, file_id).delete_instance()


def recent(account: str, limit: int = 8) -> list[Draft]:
    """The unfinished drafts of this station, one's own first."""
    rows = list(Draft.select().order_by(Draft.changed_at.desc()).limit(DRAFTS_MAX))
    return sorted(rows, key=lambda row: row.account != account)[:limit]


def _fit(catalog: Catalog, codes: Sequence[str]) -> list[Item]:
    items = [catalog.item(code) for code in dict.fromkeys(codes)]
    if not 0 < len(items) <= ITEMS_MAX:
        raise BasketRefused(f"一次可同办 1 到 {ITEMS_MAX} 件事。")
    for item in items:
        check_open(item, catalog.days)
    return items


def _packed(content: Content) -> str:
    values: dict[str, Any] = asdict(content)
    return json.dumps(values, ensure_ascii=False)
