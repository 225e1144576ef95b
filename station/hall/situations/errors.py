"""What can go wrong with the question tree of an item.

StationError
├── NoSituations          a package has no questions of its own
├── QuestionMissing       the question or answer is not there (any more)
└── TreeFromAbove         the city lays the questions down; the county may only take materials away
"""

from station.errors import StationError


class NoSituations(StationError):
    """A package has no questions of its own."""

    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(
            "“%(name)s”没有情形。",
            "它是联办事项，情形写在它的成员事项里。",
            "请打开成员事项编辑情形。",
            name=name,
        )


class QuestionMissing(StationError):
    """The question or answer is not there."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "没有这一题或这个答案。",
            "可能刚被删掉，或地址输错了。",
            "请返回情形，重新选择。",
        )


class TreeFromAbove(StationError):
    """The questions of this item are the city's."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "没有保存：这一事项的情形由市级目录规定。",
            "认领的事项，县级只能去掉材料或标为可容缺。",
            "需要改情形时，请与市级目录的发布人联系。",
        )
