"""What can go wrong at the publishing desk.

StationError
├── EntryMissing          no such entry in the draft
├── EntryChanged          somebody else saved the entry while this person edited it
├── EntryRemoved          somebody took the entry out of the draft while this person edited it
├── CodeLocked            the code of the entry can no longer be changed
├── CodeTaken             another entry has that code
├── DraftMoving           the draft changes so fast that nothing can be said of it as a whole
├── DraftNotReady         the draft cannot be sent to review as it is
├── ReviewRefused         this person may not decide, or there is nothing to decide
├── NotPublished          a version cannot be signed and published now
├── NoNews                nothing of the city's waits to be taken over
├── BaseMoved             a newer base came while this person read about the one before
└── NoBase                the county lies over no base that it could leave
"""

from station.errors import StationError


class EntryMissing(StationError):
    """No such entry in the draft."""

    status = 404

    def __init__(self, code: str) -> None:
        super().__init__(
            "草稿里没有编码为 %(code)s 的事项。",
            "可能已经移出草稿，或地址输错了。",
            "请返回目录草稿重新选择。",
            code=code[:60],
        )


class EntryChanged(StationError):
    """Somebody else saved the entry in between."""

    status = 409

    def __init__(self, by: str, code: str) -> None:
        super().__init__(
            "没有保存：这一事项刚被别人改过。",
            "您打开页面之后，%(by)s 保存了新的内容。",
            "请重新打开这一事项，在新内容上修改。",
            by=by,
        )
        self.way_on = ("publishing.show_entry", {"code": code})


class EntryRemoved(StationError):
    """Somebody took the entry out of the draft in between."""

    status = 409

    def __init__(self, by: str, code: str) -> None:
        super().__init__(
            "没有保存：这一事项已经移出草稿。",
            "%(by)s 把它移出了草稿，签发之后目录里就没有它。",
            "还要用它，请打开它，先按“放回草稿”，再修改。",
            by=by,
        )
        self.way_on = ("publishing.show_entry", {"code": code})


class CodeLocked(StationError):
    """The code of the entry can no longer be changed."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__("编码没有改。", why, "请返回这一事项，按“编码”一栏里写的办。")


class CodeTaken(StationError):
    """Another entry has that code."""

    status = 409

    def __init__(self, code: str, name: str) -> None:
        super().__init__(
            "编码没有改：%(code)s 已经有事项在用。",
            "用它的是“%(name)s”。",
            "请核对编码；两项确是同一件事的，请移出其中一项。",
            code=code[:60],
            name=name,
        )


class DraftMoving(StationError):
    """The draft changes so fast that nothing can be said of it as a whole."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "草稿正在大量改动。",
            "检查还没跟上刚才的改动。",
            "什么也没有丢；请过几秒刷新本页。",
        )


class DraftNotReady(StationError):
    """The draft cannot be sent to review as it is."""

    status = 409

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("草稿还不能送审。", why, next_step)


class ReviewRefused(StationError):
    """This person may not decide, or there is nothing to decide."""

    status = 409

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("审核没有完成。", why, next_step)


class NotPublished(StationError):
    """A version cannot be signed and published now."""

    status = 409

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("没有签发。", why, next_step)


class BaseMoved(StationError):
    """A newer base came while this person read about the one before."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "没有接收。",
            "您打开页面之后，又到了更新的一版市级目录。",
            "请重新看改动，再决定是否接收。",
        )


class NoBase(StationError):
    """The county lies over no base that it could leave."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "没有改动。",
            "本县草稿现在不依市级目录。",
            "请返回“市级目录”页查看。",
        )


class NoNews(StationError):
    """Nothing of the city's waits to be taken over."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "没有可以接收的市级目录。",
            "还没有取到比本县现用更新的市级目录。",
            "请先查看市级有没有新目录，或从 U 盘导入市级交接包。",
        )
