"""Handing a stored file to a browser, so that it can be looked at and can run nothing."""

from urllib.parse import quote

from flask import Response


def file_response(data: bytes, media_type: str, name: str) -> Response:
    """A PDF or picture shown in the browser under its own name, Chinese or not (RFC 6266)."""
    response = Response(data, content_type=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}"
    return response
