"""What events are made of: people, files, materials, changes. Strict records, each bounded."""

from dataclasses import dataclass
from typing import ClassVar

from catalog_cache.model import CopyKind
from catalog_cache.records import Record, choice, lines, whole, words
from station.cases.terms import (
    BASE64,
    FILE_BYTES_MAX,
    HEX32,
    HEX64,
    ID,
    RESIDENCE,
    Authority,
    Held,
    IdKind,
    PartyKind,
    Source,
    day,
)

STATION = "station"
HALL = "hall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor(Record):
    """Who did it."""

    title: ClassVar[str] = "经办人"
    name: str = words("姓名", 60)
    account: str = words("账号", 60, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef(Record):
    """One sealed file and what opens it; sha256 and size are of the sealed bytes."""

    title: ClassVar[str] = "附件"
    sha256: str = words("密文摘要", 64, pattern=HEX64)
    size: int = whole("密文长度", 1, FILE_BYTES_MAX)
    key_b64: str = words("附件密钥", 88, pattern=BASE64)
    plain_sha256: str = words("原文摘要", 64, pattern=HEX64)
    plain_size: int = whole("原文长度", 1, FILE_BYTES_MAX)
    media_type: str = words("类型", 40, pattern=r"[a-z]+/[a-z0-9.+\-]+")
    name: str = words("文件名", 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Record):
    """One answer or one form value."""

    title: ClassVar[str] = "栏目"
    id: str = words("标识", 60, pattern=ID)
    value: str = words("内容", 1000, default="")
    label: str = words("名称", 60, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(Record):
    """The applicant. residence: see `intake.residence`; "" for the station's own county."""

    title: ClassVar[str] = "申请人"
    kind: PartyKind = choice("类别", PartyKind, default=PartyKind.PERSON)
    name: str = words("姓名或名称", 120)
    id_kind: IdKind = choice("证件类型", IdKind, default=IdKind.IDCARD)
    id_number: str = words("证件号码", 40)
    phone: str = words("联系电话", 20, default="")
    address: str = words("地址", 200, default="")
    legal_person: str = words("法定代表人", 60, default="")
    residence: str = words("居住地", 20, pattern=RESIDENCE, default="")
    source: Source = choice("来源", Source, default=Source.TYPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Record):
    """Somebody who acts for the applicant, and on what."""

    title: ClassVar[str] = "代办人"
    name: str = words("姓名", 60)
    id_kind: IdKind = choice("证件类型", IdKind, default=IdKind.IDCARD)
    id_number: str = words("证件号码", 40)
    phone: str = words("联系电话", 20, default="")
    authority: Authority = choice("代办依据", Authority)
    scope: str = words("代办范围", 200, default="")
    until: str = day("代办期限", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialLine(Record):
    """One line of the merged material list as it stood at that moment."""

    title: ClassVar[str] = "材料"
    id: str = words("材料标识", 40, pattern=ID)
    name: str = words("材料名称", 120)
    state: Held = choice("状态", Held)
    reason: str = words("原因", 300, default="")
    kind: CopyKind = choice("材料类型", CopyKind, default=CopyKind.ORIGINAL)
    originals: int = whole("原件份数", default=0)
    copies: int = whole("复印件份数", default=0)
    pages: int = whole("页数", 0, 999, default=0)
    files: tuple[str, ...] = lines("附件", 20, 64, pattern=HEX64)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine(Record):
    """One thing missing or defective, and the standard it must meet."""

    title: ClassVar[str] = "补正内容"
    id: str = words("材料标识", 40, pattern=ID)
    name: str = words("名称", 120)
    state: Held = choice("问题", Held)
    reason: str = words("原因", 300)
    standard: str = words("应达到的标准", 2000, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Record):
    """One value that was wrong."""

    title: ClassVar[str] = "更正"
    field: str = words("栏目", 60, pattern=ID)
    label: str = words("名称", 60)
    old: str = words("原内容", 1000, default="")
    new: str = words("新内容", 1000, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Record):
    """Something a reviewer should look at; never acted upon by itself."""

    title: ClassVar[str] = "提示"
    kind: str = words("提示类别", 40, pattern=ID)
    text: str = words("提示", 300)
    case_id: str = words("另一办件", 32, pattern=HEX32, default="")


class Body(Record):
    """What one kind of event says. writers: which side may write it."""

    __slots__ = ()
    kind: ClassVar[str]
    writers: ClassVar[tuple[str, ...]]
