"""For operators: /healthz says whether the program answers, /metrics counts in Prometheus text.

Neither tells anything about a person; to callers from elsewhere there is no such page as /metrics.
/openapi.json describes these and the doors for programs.
"""

from flask import Blueprint, Response, jsonify, send_from_directory

from station import web
from station.database import free_bytes
from station.errors import PageMissing
from station.web import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """200 as soon as pages are answered; `state` is new, locked or open."""
    return jsonify({"state": state(), "service": "yimen"})


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Counts of the open node, to callers on this machine."""
    if not web.is_at_this_machine():
        raise PageMissing
    lines = [f'yimen_state{{state="{state()}"}} 1']
    installation = web.installation()
    if installation.settings.data_folder.exists():
        lines.append(f"yimen_disk_free_bytes {free_bytes(installation.settings.data_folder)}")
    catalog = installation.current_catalog()
    if catalog is not None:
        lines.append(f"yimen_catalog_version {catalog.version}")
    if installation.node is not None:
        lines += [f"yimen_{name} {value}" for name, value in installation.node.figures().items()]
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


@bp.get("/openapi.json")
@public
def openapi() -> Response:
    """What programs may ask of this node; docs/openapi.yaml is the same file."""
    return send_from_directory(web.FOLDER / "static", "openapi.json", mimetype="application/json")


def state() -> str:
    """new: no node yet; locked: nobody signed in since the start; open."""
    installation = web.installation()
    if installation.facts is None:
        return "new"
    return "locked" if installation.node is None else "open"
