"""What can go wrong with samples and blank forms at the desk.

StationError
├── SampleRefused       an upload that cannot go out as a sample
├── PartMissing         the item of the draft has no such material or result any more
├── FileReplaced        somebody else put another file there in between
└── NotOwnItem          the item is the city's, or is about to leave; its files are not changed here
"""

from station.errors import StationError


class SampleRefused(StationError):
    """An upload that cannot go out as a sample. `why` and `next_step` read well beside the field."""

    status = 422

    def __init__(self, why: str, next_step: str = "请用完整的 PDF、PNG 或 JPEG 文件重新上传。") -> None:
        super().__init__("这份文件没有采用。", why, next_step)


class PartMissing(StationError):
    """The item of the draft has no such material or result any more."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "草稿里没有这份材料，或没有这项结果。",
            "可能刚被别人改过，或地址输错了。",
            "请重新打开这一事项的样表页。",
        )


class FileReplaced(StationError):
    """Somebody else put another file there in between."""

    status = 409

    def __init__(self, by: str) -> None:
        super().__init__(
            "没有保存：这份文件刚被换过。",
            "您打开页面之后，%(by)s 放了另一份文件。",
            "请重新打开这一事项的样表页，看过新文件再决定。",
            by=by,
        )


class NotOwnItem(StationError):
    """The item is the city's, or is about to leave."""

    status = 409

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("这一事项的样表在这里不能改。", why, next_step)
