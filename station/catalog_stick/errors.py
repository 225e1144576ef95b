"""What can go wrong with a catalog on a stick.

StationError
├── NotAtThisMachine   a browser elsewhere asked; sticks are for people who sit at this PC
├── StickNotListed     the place asked for is none of those the page lists, or holds no catalog any more
├── StickGone          the stick was pulled out
├── StickTooSmall      what is to be written does not fit
├── FolderFull         there is room, but one of its folders takes no more names
├── StickTrouble       the stick cannot be written or read
├── DiskNearlyFull     this PC's disk has no room for more samples
└── CatalogRefused     what the catalog itself refuses, in its own words
"""

from station.errors import StationError


class NotAtThisMachine(StationError):
    """A browser elsewhere asked for a stick of this machine."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "没有读写任何 U 盘。",
            "U 盘插在装有本站程序的电脑上，只能在那台电脑上操作。",
            "请到那台电脑前，用它的浏览器打开这一页。",
        )


class StickNotListed(StationError):
    """The place asked for is none of those listed, or is gone since."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "没有选中可用的 U 盘，没有读写任何文件。",
            "这个 U 盘可能已经拔出，或者上面没有签发的目录。",
            "请插好 U 盘，刷新这一页，在列表中选择后再试。",
        )


class StickGone(StationError):
    """The stick was pulled out."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "U 盘中途拔出了。",
            "已完成的文件都有效，没有留下半个文件。",
            "请插好 U 盘再做一次，会接着没做完的继续。",
        )


class StickTooSmall(StationError):
    """What is to be written does not fit."""

    status = 507

    def __init__(self, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(
            "U 盘空间不够。",
            "还要写 %(needed)s MB，U 盘只剩 %(free)s MB。",
            "请清理或换一个 U 盘再写；也可以只写目录、不带样表。",
            needed=f"{needed_bytes / 1e6:.1f}",
            free=f"{free_bytes / 1e6:.1f}",
        )


class FolderFull(StationError):
    """There is room, but one of its folders takes no more names: FAT32 holds some ten thousand."""

    status = 507

    def __init__(self) -> None:
        super().__init__(
            "U 盘的一个文件夹放不下更多文件了。",
            "U 盘还有空间，但 FAT32 格式的一个文件夹约放一万个样表。",
            "请换一个 exFAT 格式的 U 盘再写；也可以只写目录、不带样表。",
        )


class StickTrouble(StationError):
    """The stick cannot be written or read; `detail` in Chinese."""

    status = 422

    def __init__(self, detail: str) -> None:
        super().__init__(
            "U 盘读写出错，没有做完。",
            "%(detail)s。",
            "请检查 U 盘是不是写保护或已损坏，换一个再试；已写好的文件不会重写。",
            detail=detail,
        )


class DiskNearlyFull(StationError):
    """This PC's disk has no room for more samples."""

    status = 507

    def __init__(self) -> None:
        super().__init__(
            "本机磁盘快满了，停在这里。",
            "要给收件和签收留出空间。已取到的样表都有效，现用目录不受影响。",
            "请清理磁盘后再做一次，会接着没做完的继续。",
        )


class CatalogRefused(StationError):
    """What the catalog itself refuses about what is published here; `why` is a Chinese sentence."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(
            "目录没有写到 U 盘。", why, "请重新签发或更新本机的目录后再写；仍不行请换一个 U 盘。"
        )
