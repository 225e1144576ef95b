"""What somebody uploads: known by its first bytes, not by its name, and bounded."""

from dataclasses import dataclass

from station.cases.errors import FileRefused

UPLOAD_BYTES_MAX = 10 * 1024 * 1024
NAME_LENGTH_MAX = 80
_TYPES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True)
class Upload:
    """A sound file, still in plain bytes. pages: as far as they can be counted, at least 1."""

    data: bytes
    media_type: str
    name: str
    pages: int = 1


def read_upload(data: bytes, name: str) -> Upload:
    """A PDF, JPEG or PNG of at most 10 MB. Raises FileRefused."""
    if not data:
        raise FileRefused("文件是空的。")
    if len(data) > UPLOAD_BYTES_MAX:
        raise FileRefused(f"文件有 {len(data) / 2**20:.1f} MB，最多 10 MB。")
    media_type = _media_type(data)
    if media_type is None:
        raise FileRefused("内容不是 PDF、JPEG 或 PNG，只改扩展名没有用；也可能传输时断了。")
    return Upload(data, media_type, _clean(name, _TYPES[media_type]), _pages(data, media_type))


def _media_type(data: bytes) -> str | None:
    """By head and tail: a file cut off on the way has the head but not the tail."""
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return "application/pdf"
    if data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in data[-2048:]:
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in data[-64:]:
        return "image/png"
    return None


def _pages(data: bytes, media_type: str) -> int:
    if media_type != "application/pdf":
        return 1
    return min(
        max(data.count(b"/Type /Page") - data.count(b"/Type /Pages"), data.count(b"/Type/Page>"), 1), 999
    )


def _clean(name: str, ending: str) -> str:
    """The file's own name without folders and odd signs, under the ending of its true type."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    kept = "".join(letter for letter in stem if letter.isprintable() and letter not in '<>:"|?*%').strip(" .")
    return (kept[:NAME_LENGTH_MAX] or "scan") + ending
