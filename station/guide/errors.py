"""What can go wrong with a guide.

StationError
└── SampleNotHere      a sample or blank form of the catalog has not come to this station yet
"""

from station.errors import StationError


class SampleNotHere(StationError):
    """The catalog names the file, but it is still on its way."""

    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(
            "“%(name)s”还没有到本站。",
            "空白表和样表随目录分批传来，这一份还没有轮到。",
            "请先用网页上的样表；急用时请大厅把它放进 U 盘带来。",
            name=name,
        )
