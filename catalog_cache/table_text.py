"""Bytes that somebody offers as a table, turned into text or refused with the reason and the way out."""

import stat
from pathlib import Path

from catalog_cache.errors import BadTable

FILE_BYTES_MAX = 32 * 1024 * 1024
_SAVE_AS = "请在表格软件中选择“另存为 CSV UTF-8（逗号分隔）”，再导入；本次没有导入任何内容。"
_FOREIGN = (
    (b"PK\x03\x04", "这是 Excel 工作簿（xlsx）或压缩包，不是 CSV 或 JSON。"),
    (b"\xd0\xcf\x11\xe0", "这是旧式 Excel 或 Word 文件，不是 CSV 或 JSON。"),
    (b"%PDF", "这是 PDF 文件，不是 CSV 或 JSON。"),
    (b"\xff\xfe", "文件编码是 UTF-16，不是 UTF-8。"),
    (b"\xfe\xff", "文件编码是 UTF-16，不是 UTF-8。"),
)


def table_bytes(path: Path) -> bytes:
    """The bytes of a plain file of bounded size. Raises BadTable."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise BadTable(f"{path.name} 不是普通文件。")
        if about.st_size > FILE_BYTES_MAX:
            raise BadTable(f"文件有 {about.st_size // 1024**2} MiB，超过 {FILE_BYTES_MAX // 1024**2} MiB。")
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise BadTable(f"文件 {path.name} 打不开：{error.strerror}。") from error


def table_text(data: bytes) -> str:
    """The text of a table in UTF-8, with or without a byte order mark. Raises BadTable."""
    if len(data) > FILE_BYTES_MAX:
        raise BadTable(f"文件超过 {FILE_BYTES_MAX // 1024**2} MiB。")
    for mark, why in _FOREIGN:
        if data.startswith(mark):
            raise BadTable(why, _SAVE_AS)
    if b"\0" in data:
        raise BadTable("文件含有空字节，不是文本表格。", _SAVE_AS)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        guess = "看起来是 GBK（GB 18030）编码" if _is_gb18030(data) else "也不像是 GBK"
        raise BadTable(
            f"文件不是 UTF-8 编码（第 {error.start + 1} 个字节起），{guess}。", _SAVE_AS
        ) from error
    if not text.strip():
        raise BadTable("文件是空的。")
    return text


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True
