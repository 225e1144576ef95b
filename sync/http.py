"""The mail counter as a Flask blueprint; the only file of the mail that knows a web framework.

POST /sync/v1/session    a signed nonce in, a token back
POST /sync/v1/exchange   a parcel in, a parcel back
/files/                  tus 1.0 (core, creation, checksum, termination) for files on their way
                         up; GET with ranges for files on their way down
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, request
from werkzeug.exceptions import RequestEntityTooLarge

from sync.depot import SESSION_BODY_BYTES_MAX, Depot
from sync.envelope import SEALED_FILE_BYTES_MAX
from sync.errors import BadForm, ChunkDamaged, NotAuthorised, SyncError, TooBusy, TooLarge, UploadConflict
from sync.limits import CHUNK_BYTES_TAKEN_MAX, PARCEL_BYTES_MAX

PARCEL_TYPE = "application/vnd.yimen.parcel"
CHUNK_TYPE = "application/offset+octet-stream"
TUS_VERSION = "1.0.0"


def blueprint(depot: Depot, using: Callable[[], AbstractContextManager[Any]] = nullcontext) -> Blueprint:
    """Routes for one node, to be mounted at the root. using: chooses the node's database for a request."""
    bp = Blueprint("mail", __name__)
    _frame(bp, depot, using)
    _mail_routes(bp, depot)
    _upload_routes(bp, depot)
    _download_route(bp, depot)
    return bp


def _frame(bp: Blueprint, depot: Depot, using: Callable[[], AbstractContextManager[Any]]) -> None:
    """What all routes share: the database, the protocol's headers, refusals in words."""

    @bp.before_request
    def choose_database() -> Response | None:
        g.mail_database = ExitStack()
        g.mail_database.enter_context(using())
        is_tus = request.path.startswith("/files/") and request.method in ("POST", "HEAD", "PATCH", "DELETE")
        if is_tus and request.headers.get("Tus-Resumable") != TUS_VERSION:
            return Response(status=412, headers={"Tus-Version": TUS_VERSION})
        return None

    @bp.teardown_request
    def leave_database(_: BaseException | None) -> None:
        stack = g.pop("mail_database", None)
        if stack is not None:
            stack.close()

    @bp.after_request
    def name_protocol(response: Response) -> Response:
        if request.path.startswith("/files/"):
            response.headers["Tus-Resumable"] = TUS_VERSION
            response.headers["Cache-Control"] = "no-store"
        return response

    @bp.errorhandler(SyncError)
    def refuse(error: SyncError) -> Response:
        is_stranger = isinstance(error, NotAuthorised)
        body = error.as_json() | (depot.challenge() if is_stranger else {})
        response = make_response(jsonify(body), error.status)
        if is_stranger:
            response.headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, TooBusy):
            response.headers["Retry-After"] = str(error.seconds)
        return response


def _mail_routes(bp: Blueprint, depot: Depot) -> None:
    @bp.post("/sync/v1/session")
    def log_in() -> Response:
        return jsonify(depot.login(_body("登录请求", SESSION_BODY_BYTES_MAX)))

    @bp.post("/sync/v1/exchange")
    def exchange() -> Response:
        node_id = _caller(depot)
        answer = depot.exchange(node_id, _body("邮包", PARCEL_BYTES_MAX))
        return Response(answer, mimetype=PARCEL_TYPE)


def _upload_routes(bp: Blueprint, depot: Depot) -> None:
    @bp.route("/files/", methods=["OPTIONS"])
    def describe() -> Response:
        headers = {
            "Tus-Version": TUS_VERSION,
            "Tus-Extension": "creation,checksum,termination",
            "Tus-Max-Size": str(SEALED_FILE_BYTES_MAX),
            "Tus-Checksum-Algorithm": "sha256,sha1",
        }
        return Response(status=204, headers=headers)

    @bp.post("/files/")
    def create() -> Response:
        node_id = _caller(depot)
        sha256 = _metadata("sha256")
        offset = depot.open_upload(node_id, sha256, _number("Upload-Length"))
        return Response(status=201, headers={"Location": f"/files/{sha256}", "Upload-Offset": str(offset)})

    @bp.route("/files/<sha256>", methods=["PATCH"])
    def append(sha256: str) -> Response:
        node_id = _caller(depot)
        if request.mimetype != CHUNK_TYPE:
            return Response(status=415)
        offset, data = _number("Upload-Offset"), _body("上传的数据", CHUNK_BYTES_TAKEN_MAX)
        try:
            _check_sum(data)
            held = depot.append(node_id, sha256, offset, data)
        except (ChunkDamaged, UploadConflict) as setback:
            return _refuse_chunk(setback, depot.progress(node_id, sha256)[0])
        if held != offset + len(data):
            return _refuse_chunk(ChunkDamaged(), held)
        return Response(status=204, headers={"Upload-Offset": str(held)})

    @bp.delete("/files/<sha256>")
    def discard(sha256: str) -> Response:
        depot.discard(_caller(depot), sha256)
        return Response(status=204)


def _download_route(bp: Blueprint, depot: Depot) -> None:
    @bp.get("/files/<sha256>")
    def fetch(sha256: str) -> Response:
        """HEAD asks how far an upload has come; GET takes a file on its way down."""
        node_id = _caller(depot)
        if request.method == "HEAD":
            held, size_bytes = depot.progress(node_id, sha256)
            return Response(headers={"Upload-Offset": str(held), "Upload-Length": str(size_bytes)})
        return _part(depot, sha256, depot.size_for(node_id, sha256))


def _part(depot: Depot, sha256: str, size_bytes: int) -> Response:
    """The asked range of a file, or all of it."""
    if request.range is None:
        return Response(depot.read(sha256, 0, size_bytes), mimetype="application/octet-stream")
    wanted = request.range.range_for_length(size_bytes)
    if wanted is None:
        return Response(status=416, headers={"Content-Range": f"bytes */{size_bytes}"})
    start, stop = wanted
    headers = {"Content-Range": f"bytes {start}-{stop - 1}/{size_bytes}"}
    data = depot.read(sha256, start, stop - start)
    return Response(data, status=206, headers=headers, mimetype="application/octet-stream")


def _caller(depot: Depot) -> str:
    """The node that calls. Raises NotAuthorised, RevokedPeer."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer":
        raise NotAuthorised("没有登录")
    return depot.node_of(token)


def _body(name: str, size_bytes_max: int) -> bytes:
    """The request's body, never more than the bound in memory. Raises TooLarge."""
    request.max_content_length = size_bytes_max
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise TooLarge(name, request.content_length or size_bytes_max + 1, size_bytes_max) from error


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadForm(f"请求缺少 {header}，或它不是数字")
    return int(text)


def _metadata(name: str) -> str:
    """One value of tus's Upload-Metadata: comma-separated pairs of key and base64."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == name:
            try:
                return base64.b64decode(value, validate=True).decode()
            except (binascii.Error, ValueError) as error:
                raise BadForm("Upload-Metadata 不是 base64") from error
    raise BadForm(f"Upload-Metadata 缺少 {name}")


def _check_sum(data: bytes) -> None:
    """Raises ChunkDamaged when the stated checksum of this chunk differs; stating none is allowed."""
    stated = request.headers.get("Upload-Checksum")
    if stated is None:
        return
    name, _, value = stated.partition(" ")
    if name not in ("sha256", "sha1"):
        raise BadForm("Upload-Checksum 的算法应为 sha256 或 sha1")
    digest = hashlib.new(name, data, usedforsecurity=False).digest()
    if base64.b64encode(digest).decode() != value:
        raise ChunkDamaged()


def _refuse_chunk(error: SyncError, offset: int) -> Response:
    """A refusal that says from where to go on."""
    return make_response(jsonify(error.as_json()), error.status, {"Upload-Offset": str(offset)})
