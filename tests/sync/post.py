"""A hall, a village without a link, and the stick that somebody carries between them."""

from pathlib import Path

from tests.tools.mail_node import MailNode


class Post:
    """The two of them and the stick."""

    def __init__(self, folder: Path, hall: MailNode, village: MailNode) -> None:
        self.hall, self.village = hall, village
        self.stick = folder / "stick.ymb"

    def goes(self) -> None:
        """From the village to the hall."""
        self.village.exports(self.hall, self.stick)
        self.hall.imports(self.stick)

    def comes_back(self) -> None:
        """From the hall to the village."""
        self.hall.exports(self.village, self.stick)
        self.village.imports(self.stick)
