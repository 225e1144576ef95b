"""What can go wrong at the mail desk.

StationError
├── NoSuchLetter       nothing in the outbox under that name
├── NoSuchIncident     nothing under that number waits for a person
├── NoHall             this node has not joined a hall, so there is nobody to write to
├── StickBusy          somebody else writes or reads a stick at this moment
├── FolderRefused      a folder that cannot be used for a stick
└── NoBundleGiven      neither a file nor a folder was given
"""

from station.errors import StationError


class NoSuchLetter(StationError):
    """Nothing in the outbox under that name."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "没有这封信。", "本站的发件箱里没有这个编号，地址可能输错了。", "请回到收发页，从列表里点开。"
        )


class NoSuchIncident(StationError):
    """Nothing under that number waits for a person."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "没有这件等人处理的事。", "它可能已经有人处理过。", "请回到“等人处理”页，看还有哪些没有处理。"
        )


class NoHall(StationError):
    """This node has not joined a hall yet."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "本站还没有加入大厅，没有可以联系的对象。",
            "加入大厅要用上级给的加入码，联网或用文件都可以。",
            "请管理员先运行 yimen enrol；在此之前收的件都保存在本机，不会丢。",
        )


class StickBusy(StationError):
    """Somebody else writes or reads a stick at this moment."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "另一次 U 盘收发正在进行。", "一台机器同时只能读写一个 U 盘包。", "请等它完成或停止它，再试一次。"
        )


class FolderRefused(StationError):
    """A folder that cannot be used for a stick; `why` is a Chinese sentence."""

    status = 422

    def __init__(self, why: str) -> None:
        super().__init__("这个位置不能使用，没有读写任何文件。", why, "请插好 U 盘，在列表中选择它后再试。")


class NoBundleGiven(StationError):
    """Neither a file nor a folder was given."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "没有选择 U 盘包。", "既没有选文件，也没有选 U 盘里的包。", "请选择扩展名为 .ymb 的文件后再试。"
        )
