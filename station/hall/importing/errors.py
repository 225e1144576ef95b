"""What can go wrong while a file is on its way into the draft.

StationError
├── ImportGone            nothing of that import is kept any more
└── ImportBusy            another file is being read
"""

from station.errors import StationError


class ImportGone(StationError):
    """Nothing of that import is kept any more."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "这次导入已经不在了。",
            "文件已导入、已放弃，或被后来的导入替换。",
            "请重新选择文件导入；草稿没有改动。",
        )


class ImportBusy(StationError):
    """Another file is being read."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "现在不能导入。", "另一个文件正在读取。", "请等它读完，或先停止它，再重新导入；草稿没有改动。"
        )
