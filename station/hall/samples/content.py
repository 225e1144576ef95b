"""What an upload is by its bytes, and whether it may go out: a whole PDF, PNG or JPEG that only shows.

Nothing is changed or stripped: the file goes out byte for byte as it came, or not at all. Every step is
bounded by the size of the file or by a figure in `pdf_parts` or `picture_parts`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from station.hall.samples.errors import SampleRefused
from station.hall.samples.pdf_parts import count_pages
from station.hall.samples.picture_parts import examine_jpeg, examine_png

FILE_BYTES_MAX = 5 * 1024 * 1024
PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
ENDINGS = {PDF: "pdf", PNG: "png", JPEG: "jpg"}


@dataclass(frozen=True)
class Content:
    """What a file is. pages: of a PDF, as far as they can be counted; width, height: pixels, 0 for a PDF."""

    media_type: str
    pages: int = 1
    width: int = 0
    height: int = 0

    @property
    def ending(self) -> str:
        """The ending that its name has to have."""
        return ENDINGS[self.media_type]


def examine(data: bytes) -> Content:
    """Look at the whole file. Raises SampleRefused, with the reason."""
    if not data:
        raise SampleRefused("文件是空的。")
    if len(data) > FILE_BYTES_MAX:
        raise SampleRefused(
            f"文件有 {len(data) / 2**20:.1f} MB，最多 {FILE_BYTES_MAX // 2**20} MB。",
            "请降低扫描分辨率（150 至 200 点就够清楚），或改成黑白，再上传。",
        )
    for head, examined in _BY_HEAD.items():
        if data.startswith(head):
            return examined(data)
    raise SampleRefused("内容不是 PDF、PNG 或 JPEG，只改扩展名没有用。")


def _pdf(data: bytes) -> Content:
    return Content(PDF, count_pages(data))


def _png(data: bytes) -> Content:
    return Content(PNG, 1, *examine_png(data))


def _jpeg(data: bytes) -> Content:
    return Content(JPEG, 1, *examine_jpeg(data))


_BY_HEAD: dict[bytes, Callable[[bytes], Content]] = {
    b"%PDF-": _pdf,
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8\xff": _jpeg,
}
