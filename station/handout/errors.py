"""What can go wrong when a result changes hands.

StationError
└── ReceiverRefused   the person at the counter may not take this result, or the record is not complete
"""

from station.errors import StationError


class ReceiverRefused(StationError):
    """Names the field of the form that does not fit; `why` is a Chinese sentence."""

    status = 422

    def __init__(self, field: str, why: str, next_step: str) -> None:
        super().__init__("还不能交给这位领取人，没有登记。", why, next_step)
        self.field = field
