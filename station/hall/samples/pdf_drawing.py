"""The first page of a PDF as a small picture, in a process of its own: PDF in, PNG or JPEG out.

It is started for one paper and ends with it. It holds no key and opens no database, so a paper made to
break a reader breaks this process and nothing else. Only this process ever loads the library that draws.
"""

import sys
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Drawn

WIDTH_MAX, HEIGHT_MAX, SCALE_MAX = 900, 1500, 3.0
COLOURS, QUALITY = 16, 75
MEMORY_BYTES_MAX, CPU_SECONDS_MAX = 400 * 1024 * 1024, 15
"""Less than a hall that is short of memory would have to give: then this process ends and no other."""


def main() -> None:
    """Read the paper from standard input, write the picture to standard output."""
    _bound_itself()
    sys.stdout.buffer.write(picture_of(sys.stdin.buffer.read()))


def picture_of(paper: bytes) -> bytes:
    """The first page, by whichever way of writing it is smaller: few colours, or a photo's."""
    import pypdfium2  # noqa: PLC0415 - an optional extra, and only this process ever loads it

    page = pypdfium2.PdfDocument(paper)[0]
    width, height = page.get_size()
    scale = min(WIDTH_MAX / width, HEIGHT_MAX / height, SCALE_MAX)
    drawn = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return min(_in_few_colours(drawn), _as_photo(drawn), key=len)


def _in_few_colours(drawn: "Drawn") -> bytes:
    out = BytesIO()
    drawn.quantize(COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _as_photo(drawn: "Drawn") -> bytes:
    out = BytesIO()
    drawn.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _bound_itself() -> None:
    """Where the system offers it; elsewhere the one who started this waits only so long."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))


if __name__ == "__main__":
    main()
