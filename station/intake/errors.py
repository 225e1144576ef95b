"""What the intake refuses.

StationError
└── CaseError
    ├── DraftGone        the draft was discarded, or is somebody else's node's
    └── BasketRefused    something cannot go into the basket
"""

from station.cases.errors import CaseError


class DraftGone(CaseError):
    """No such draft any more."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "没有这份草稿。",
            "它已提交、已放弃，或者地址不完整。",
            "请到“办件”里按编号查，或从窗口首页重新开始。",
        )


class BasketRefused(CaseError):
    """Something cannot go into the basket."""

    status = 422

    def __init__(self, why: str, next_step: str = "请从窗口首页重新选择事项。") -> None:
        super().__init__("没有加入这次同办。", why, next_step)
