"""What can go wrong on the page of a city's counties.

StationError
└── CountyMissing         the city never signed for this county
"""

from station.errors import StationError


class CountyMissing(StationError):
    """The city never signed for this county."""

    status = 404

    def __init__(self, code: str) -> None:
        super().__init__(
            "没有区划为 %(code)s 的县（市、区）。",
            "市级还没有为它举行过密钥仪式，或地址输错了。",
            "请返回“各县”页重新选择。",
            code=code[:20],
        )
