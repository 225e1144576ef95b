"""What can go wrong when versions are looked at or taken back.

StationError
├── NotRestored        an earlier version cannot be brought again now
└── NothingToPreview   a version cannot be shown as a station would see it
"""

from station.errors import StationError


class NotRestored(StationError):
    """An earlier version cannot be brought again now; the draft stays as it was."""

    status = 409

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("没有恢复早先的版本，草稿没有改动。", why, next_step)


class NothingToPreview(StationError):
    """A version cannot be shown as a station would see it."""

    status = 409

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("这一版现在不能预览。", why, next_step)
