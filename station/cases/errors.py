"""Every refusal around a case, in one place.

StationError
├── CaseError
│   ├── OddEvent          an event that does not fit the vocabulary
│   ├── OddNumber         a number that is no receipt or official number
│   ├── NumbersUsedUp     a terminal has given out its last number of the day
│   ├── UnknownCase       nothing here under that number
│   ├── UnknownFile       a scan or document that this node does not hold
│   ├── NotYourCase       mail about a case from a node that has no part in it
│   ├── ActRefused        the case is not in a state in which this can be done
│   ├── PowerMissing      the item's power flag does not allow it here
│   ├── NotOpenNow        the item is not open yet, or no longer
│   ├── NotJoined         this station has no hall yet
│   ├── CopyClosed        a person declared this PC a copy of another one
│   ├── FormRefused       an application as a whole cannot be taken in
│   └── FileRefused       an upload that is not a sound PDF, JPEG or PNG
└── OddIdentity           a card, code, phone or name that cannot be right
"""

from station.errors import StationError


class CaseError(StationError):
    """Something about a case that the person at the counter or the desk can act upon."""


class OddEvent(CaseError):
    """An event that does not fit the vocabulary; nothing of it was applied."""

    status = 422

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(
            "这条办件记录（%(kind)s）不能采用。",
            "%(detail)s",
            "原文已保留，请核对两端软件版本；仍不行请把编号报给上级大厅。",
            kind=kind[:60],
            detail=why,
        )


class OddNumber(CaseError):
    """Text that is no number of ours, or was copied wrongly."""

    status = 422

    def __init__(self, given: str, why: str) -> None:
        super().__init__(
            "编号“%(given)s”不对。",
            why,
            "请对照收件凭证右上角逐位核对后重新输入。",
            given=given[:60],
        )


class NumbersUsedUp(CaseError):
    """Ten thousand receipts from one terminal in one day."""

    status = 409

    def __init__(self, terminal: str) -> None:
        super().__init__(
            "今天的收件编号已用完，没有保存。",
            "%(terminal)s 号终端今天已用到 9999 号。",
            "草稿仍在，请改用另一台终端，或明天再提交。",
            terminal=terminal,
        )


class UnknownCase(CaseError):
    """Nothing here under that number."""

    status = 404

    def __init__(self, number: str) -> None:
        super().__init__(
            "本机没有这个办件。",
            "没有编号为“%(number)s”的办件，可能是在别的站收的件。",
            "请核对编号，或请大厅查询。",
            number=number[:60],
        )


class UnknownFile(CaseError):
    """A scan or document that this node does not hold."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "本机没有这份文件。",
            "文件还没有送到，或者不属于这个办件。",
            "附件会在办件之后陆续送到，请稍后刷新；长时间不到请到收发页查看。",
        )


class NotYourCase(CaseError):
    """Mail about a case from a node that has no part in it."""

    status = 403

    def __init__(self, kind: str, sender: str) -> None:
        super().__init__(
            "来件已隔离，没有采用。",
            "节点 %(sender)s 无权为这个办件写“%(kind)s”。",
            "请大厅核对该节点的登记与授权。",
            kind=kind[:60],
            sender=sender[:32],
        )


class ActRefused(CaseError):
    """The case is not in a state in which this can be done."""

    status = 409

    def __init__(
        self, act: str, why: str, next_step: str = "请刷新页面，看清办件现在的状态后再操作。"
    ) -> None:
        super().__init__("不能%(act)s，没有改动。", why, next_step, act=act)


class PowerMissing(CaseError):
    """The item's power flag does not allow it here."""

    status = 403

    def __init__(self, item: str, power: str, next_step: str) -> None:
        super().__init__(
            "“%(item)s”不能在这里收件。",
            "目录规定本站对它只有“%(power)s”权限，或它现在不开放。",
            next_step,
            item=item,
            power=power,
        )


class NotOpenNow(CaseError):
    """The item's dates, or its withdrawal, keep it shut today."""

    status = 403

    def __init__(self, item: str, why: str, next_step: str) -> None:
        super().__init__("“%(item)s”今天不能收件。", "%(detail)s", next_step, item=item, detail=why)


class NotJoined(CaseError):
    """This station has no hall yet, so nobody could open what it sends."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "还不能收件，草稿已保存。",
            "本站还没有入网，不知道把办件交给哪个大厅。",
            "请管理员用入网码运行 yimen enrol，或在“站点”页完成入网，再回来提交草稿。",
        )


class CopyClosed(CaseError):
    """This PC was declared a copy of another one: it writes nothing new."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "本机已被认定为复制出来的电脑，不能办件。",
            "原来的电脑还在用同一个站点编号，两台同时办件会把编号用乱。",
            "请到原来的电脑上办理；这台要继续用，请管理员在新文件夹里另建站点后重新加入。",
        )


class FormRefused(CaseError):
    """An application as a whole cannot be taken in."""

    status = 422

    def __init__(self, why: str, next_step: str = "请返回相应步骤改正后再提交；草稿没有丢。") -> None:
        super().__init__("这次申请没有提交。", why, next_step)


class FileRefused(CaseError):
    """An upload that is not a sound PDF, JPEG or PNG, or is too large."""

    status = 422

    def __init__(self, why: str) -> None:
        super().__init__(
            "这份文件没有保存。", why, "请用 PDF、JPEG 或 PNG 格式、不超过 10 MB 的文件重新上传。"
        )


class OddIdentity(StationError):
    """A card, code, phone or name that cannot be right. `why` alone reads well beside the field."""

    status = 422

    def __init__(self, label: str, why: str, next_step: str = "请对照证件原件重新输入。") -> None:
        super().__init__("%(label)s不对。", why, next_step, label=label)
