"""Handing a stored file to a browser, so that it can be looked at and can run nothing."""

from urllib.parse import quote

from flask import Response

from station.cases.errors import FileRefused
from station.cases.uploads import read_upload

SAMPLE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
OTHER_MEDIA = "application/octet-stream"


def file_response(data: bytes, media_type: str, name: str) -> Response:
    """A PDF or picture shown in the browser under its own name, Chinese or not (RFC 6266)."""
    response = Response(data, content_type=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}"
    return response


def sample_response(data: bytes, name: str, *, is_download: bool = False) -> Response:
    """A sample or blank form: what it is, is told by its bytes; whatever is no PDF or picture is saved.

    A page of this node may show it in a frame; it opens nothing and runs nothing.
    """
    try:
        media_type = read_upload(data, name).media_type
    except FileRefused:
        media_type, is_download = OTHER_MEDIA, True
    response = file_response(data, media_type, name)
    response.headers["Content-Security-Policy"] = SAMPLE_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    if is_download:
        disposition = response.headers["Content-Disposition"]
        response.headers["Content-Disposition"] = disposition.replace("inline", "attachment", 1)
    return response
