"""The mail counter as a Flask blueprint; the only file of the mail that knows a web framework.

POST /sync/v1/session    a signed nonce in, a token back
POST /sync/v1/exchange   a parcel in, a parcel back
/files/                  files on their way up, see `sync.tus`; GET with ranges for files on their way down
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, request
from werkzeug.exceptions import RequestEntityTooLarge

from sync import tus
from sync.depot import SESSION_BODY_BYTES_MAX, Depot
from sync.errors import BadForm, NotAuthorised, SyncError, TooBusy, TooLarge
from sync.limits import PARCEL_BYTES_MAX
from sync.storm import Gauge

PARCEL_TYPE = "application/vnd.yimen.parcel"


def blueprint(
    depot: Depot,
    using: Callable[[], AbstractContextManager[Any]] = nullcontext,
    gauge: Gauge | None = None,
) -> Blueprint:
    """Routes for one node, to be mounted at the root. using: chooses the node's database for a request.

    gauge: refuses when too many come at once.
    """
    bp = Blueprint("mail", __name__)
    _frame(bp, depot, using, gauge)
    _mail_routes(bp, depot)
    _upload_routes(bp, depot)
    _part_routes(bp, depot)
    _download_route(bp, depot)
    return bp


def _frame(
    bp: Blueprint, depot: Depot, using: Callable[[], AbstractContextManager[Any]], gauge: Gauge | None
) -> None:
    """What all routes share: the database, the protocol's headers, refusals in words."""

    @bp.before_request
    def choose_database() -> Response | None:
        g.mail_database = ExitStack()
        if gauge is not None:  # before anything that costs
            g.mail_database.enter_context(gauge.serving())
        g.mail_database.enter_context(using())
        is_tus = request.path.startswith("/files/")
        refusal = (
            tus.refusal_of_version(request.method, request.headers.get("Tus-Resumable")) if is_tus else None
        )
        return None if refusal is None else _reply(refusal)

    @bp.teardown_request
    def leave_database(_: BaseException | None) -> None:
        stack = g.pop("mail_database", None)
        if stack is not None:
            stack.close()

    @bp.after_request
    def name_protocol(response: Response) -> Response:
        if request.path.startswith("/files/"):
            response.headers["Tus-Resumable"] = tus.VERSION
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
        return _reply(tus.describe())

    @bp.post("/files/")
    def create() -> Response:
        return _reply(tus.create(depot, _call(depot)))

    @bp.route("/files/<sha256>", methods=["PATCH"])
    def append(sha256: str) -> Response:
        return _reply(tus.append(depot, _call(depot), sha256))

    @bp.delete("/files/<sha256>")
    def discard(sha256: str) -> Response:
        return _reply(tus.discard(depot, _call(depot), sha256))

    @bp.post("/files/<sha256>")
    def act(sha256: str) -> Response:
        """For clients behind a proxy that lets neither PATCH nor DELETE through."""
        return _reply(_overridden()(depot, _call(depot), sha256))

    @bp.put("/files/<sha256>/<int:start>")
    def place(sha256: str, start: int) -> Response:
        return _reply(tus.place(depot, _call(depot), sha256, start))


def _part_routes(bp: Blueprint, depot: Depot) -> None:
    @bp.route("/files/parts/<name>", methods=["HEAD"])
    def look_at_part(name: str) -> Response:
        return _reply(tus.look(depot, _call(depot), name, is_part=True))

    @bp.route("/files/parts/<name>", methods=["PATCH"])
    def append_to_part(name: str) -> Response:
        return _reply(tus.append(depot, _call(depot), name, is_part=True))

    @bp.delete("/files/parts/<name>")
    def discard_part(name: str) -> Response:
        return _reply(tus.discard(depot, _call(depot), name, is_part=True))

    @bp.post("/files/parts/<name>")
    def act_on_part(name: str) -> Response:
        """See `act`."""
        return _reply(_overridden()(depot, _call(depot), name, is_part=True))


def _download_route(bp: Blueprint, depot: Depot) -> None:
    @bp.get("/files/<sha256>")
    def fetch(sha256: str) -> Response:
        """HEAD asks how far an upload has come; GET takes a file on its way down."""
        if request.method == "HEAD":
            return _reply(tus.look(depot, _call(depot), sha256))
        return _part(depot, sha256, depot.size_for(_caller(depot), sha256))


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


def _call(depot: Depot) -> tus.Call:
    """The request as tus knows it. Raises NotAuthorised, RevokedPeer."""
    return tus.Call(_caller(depot), lambda name: request.headers.get(name, ""), _body)


def _overridden() -> Callable[..., tus.Reply]:
    """What a POST stands for. Raises BadForm."""
    meant = request.headers.get("X-HTTP-Method-Override", "").upper()
    if meant not in ("PATCH", "DELETE"):
        raise BadForm("X-HTTP-Method-Override 应为 PATCH 或 DELETE")
    return tus.append if meant == "PATCH" else tus.discard


def _reply(reply: tus.Reply) -> Response:
    body = b"" if reply.refusal is None else jsonify(reply.refusal.as_json()).get_data()
    response = Response(body, status=reply.status, headers=reply.headers)
    if body:
        response.mimetype = "application/json"
    return response


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
