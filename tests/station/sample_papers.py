"""Samples and blank forms as people upload them, and such as nobody should."""

import io
import struct
import zlib

from PIL import Image, ImageDraw


def picture(kind: str = "PNG", *, size: tuple[int, int] = (240, 340), mark: int = 0) -> bytes:
    """A page with lines, different for each mark."""
    page = Image.new("L", size, 250)
    draw = ImageDraw.Draw(page)
    for line in range(8):
        draw.rectangle((20, 30 + line * 30, 60 + (line * 37 + mark * 11) % 150, 40 + line * 30), fill=90)
    out = io.BytesIO()
    page.save(out, kind)
    return out.getvalue()


def page_pdf(mark: int = 0) -> bytes:
    """The same as a PDF of one page."""
    out = io.BytesIO()
    Image.open(io.BytesIO(picture(mark=mark))).convert("RGB").save(out, "PDF")
    return out.getvalue()


def pdf_with(dictionary: bytes) -> bytes:
    """A PDF whose catalog holds these words, too."""
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + dictionary + b" >>\nendobj\n"
    return body + b"trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"


def pdf_with_packed(objects: bytes, about: bytes = b"/Filter /FlateDecode", *, packed: bool = True) -> bytes:
    """A PDF that holds these objects in a compressed object stream. packed: False leaves them as they are."""
    data = zlib.compress(objects) if packed else objects
    head = b"%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /N 1 /First 4 " + about + b" >>\nstream\n"
    return head + data + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """A grey PNG that says this size and holds these rows."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in parts)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk with a true check value."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
