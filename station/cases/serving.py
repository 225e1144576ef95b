"""Handing a stored file to a browser, so that it can be looked at and can run nothing."""

from flask import Response


def file_response(data: bytes, media_type: str, name: str) -> Response:
    """A PDF or picture shown in the browser under its own name."""
    response = Response(data, content_type=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers.set("Content-Disposition", "inline", filename=name)
    return response
