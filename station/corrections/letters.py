"""What travels about a wrong guide: the report, the hall's answers, the station's reply. Strict and bounded.

The subject of each letter is the id of the report, 32 random hex characters; no resident stands in any.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from catalog_cache.elements import CODE
from catalog_cache.errors import BadRecord
from catalog_cache.records import Choice, Record, choice, whole, words
from station.cases.terms import HEX32, HEX64, moment
from station.corrections.errors import OddReport

VERSION = 1
SAID_LENGTH_MAX = 500
SHOWN_LENGTH_MAX = 1000
LABEL_LENGTH_MAX = 140
PATH = r"[a-z_]{1,40}(\.[\w.\-]{1,60})?"


class State(Choice):
    """Where a report stands."""

    OPEN = "open", "等大厅处理"
    ASKED = "asked", "大厅有问题要问"
    TAKEN_UP = "taken_up", "已采纳，正在改"
    DUPLICATE = "duplicate", "与另一条相同，一并处理"
    REFUSED = "refused", "不采纳"
    MENDED = "mended", "已改正"


class Verdict(Choice):
    """What the hall answers; its values are those of the state that follows."""

    TAKEN_UP = "taken_up", "采纳"
    ASKED = "asked", "请站点补充"
    DUPLICATE = "duplicate", "与另一条相同"
    REFUSED = "refused", "不采纳"
    MENDED = "mended", "已改正"


CLOSED = (State.REFUSED, State.MENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Record):
    """What every letter says. event: its own random id; at: when it was written; by: who wrote it."""

    kind: ClassVar[str] = ""
    v: int = whole("版本", 1, 999, default=VERSION)
    event: str = words("记录标识", 32, pattern=HEX32)
    at: str = moment("时间")
    by: str = words("姓名", 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(Letter):
    """报错. catalog: the version it was seen in; element: its path in the item; shown: how it read
    there; said: what is wrong; practice: what is really done."""

    kind: ClassVar[str] = "correction.reported"
    title: ClassVar[str] = "报告指南有误"
    station: str = words("站点", 120)
    item: str = words("事项编码", 50, pattern=CODE)
    name: str = words("事项名称", 120)
    catalog: int = whole("目录版本", 0, 10**9)
    element: str = words("要素", 101, pattern=PATH)
    label: str = words("要素名称", LABEL_LENGTH_MAX)
    shown: str = words("指南上的写法", SHOWN_LENGTH_MAX, default="")
    said: str = words("哪里不对", SAID_LENGTH_MAX)
    practice: str = words("实际怎么办", SAID_LENGTH_MAX, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied(Letter):
    """What the station answers to a question. question: the event id of the answer that asked."""

    kind: ClassVar[str] = "correction.replied"
    title: ClassVar[str] = "报错的补充说明"
    question: str = words("所答问题", 32, pattern=HEX32)
    said: str = words("补充说明", SAID_LENGTH_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Letter):
    """大厅答复. number: its place among the answers to this report, from 1; version: that mends it.

    before: a digest of the element as it was when the report was taken up; another: the report that this
    one repeats.
    """

    kind: ClassVar[str] = "correction.answered"
    title: ClassVar[str] = "报错的答复"
    number: int = whole("序号", 1, 999)
    verdict: Verdict = choice("答复", Verdict)
    said: str = words("说明", SAID_LENGTH_MAX, default="")
    version: int = whole("目录版本", 0, 10**9, default=0)
    before: str = words("要素摘要", 64, pattern=HEX64, default="")
    another: str = words("相同的报错", 32, pattern=HEX32, default="")


KINDS: dict[str, type[Letter]] = {one.kind: one for one in (Reported, Replied, Answered)}


def read_letter(kind: str, payload: Mapping[str, Any]) -> Letter:
    """A letter from its payload. Raises OddReport; nothing is guessed."""
    found = KINDS.get(kind)
    if found is None:
        raise OddReport(kind, "本机的版本还不认识这类报错信件。")
    try:
        return found.from_dict(dict(payload))
    except BadRecord as error:
        raise OddReport(kind, error.why) from error
