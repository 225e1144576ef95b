"""What can go wrong with paper.

StationError
├── NotForPaper        a value that must not be printed as it is
├── ProofTooLarge      more lines than a QR code can carry
├── ReceiptRefused     a receipt text that proves nothing
└── TrustRefused       a trust file that cannot be used
"""

from station.errors import StationError


class NotForPaper(StationError):
    """A document was asked to print something it must not, such as a whole ID number; nothing was printed."""

    status = 422

    def __init__(self, label: str, why: str) -> None:
        super().__init__(
            "凭证没有打印。",
            "“%(label)s”" + why,
            "请检查这一栏后重试；反复出现请把办件编号告诉管理员。",
            label=label,
        )


class ProofTooLarge(StationError):
    """The proof does not fit any QR code; sizes in bytes."""

    status = 422

    def __init__(self, size_bytes: int, size_bytes_max: int) -> None:
        super().__init__(
            "这一单的事项和材料太多，凭证上的二维码放不下。",
            "验真内容有 %(size)d 字节，最多 %(most)d 字节。",
            "请把这些事项分成两单收件，每单各打一张凭证。",
            size=size_bytes,
            most=size_bytes_max,
        )


class ReceiptRefused(StationError):
    """The text is not a true receipt; `why` is a Chinese sentence."""

    status = 422

    def __init__(self, why: str, next_step: str = "") -> None:
        super().__init__(
            "这张凭证没有通过验真。",
            why,
            next_step or "请核对是否扫全了二维码；仍不通过时不要采信，向出具凭证的服务站或县区大厅查询。",
        )


class TrustRefused(StationError):
    """The file with the halls' keys cannot be used; `why` is a Chinese sentence."""

    status = 422

    def __init__(self, why: str) -> None:
        super().__init__(
            "信任文件不能使用，没有进行验真。",
            why,
            "请使用本市发布的目录根文件 root.json，或大厅给出的信任文件。",
        )
