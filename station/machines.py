"""The doors for programs: mail between nodes, joining, and the signed catalog files.

They are mounted before anybody opened the vault; until then the mail's doors answer 503.
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Flask, Response, request

from catalog_cache import http as catalog_http
from station import joining, web
from station.errors import PageMissing
from station.hall.fleet.service import note_contact
from station.places import REPOSITORY_FOLDER, SAMPLES_FOLDER
from sync import http as mail_http
from sync.enrolment import REQUEST_BYTES_MAX
from sync.errors import TooLarge
from sync.intake import LINK
from sync.manifest import Manifest

if TYPE_CHECKING:
    from sync.depot import Depot

CONTACT_NOTED_EVERY = timedelta(seconds=30)
EVER = datetime.min.replace(tzinfo=UTC)
bp = Blueprint("enrolment", __name__)


class OpenDepot:
    """The depot of whichever node is open now. A village has none: nobody calls it."""

    def __init__(self) -> None:
        self._noted: dict[str, tuple[datetime, dict[str, int]]] = {}

    def __getattr__(self, name: str) -> Any:
        node = web.node()
        if not node.facts.takes_calls:
            raise PageMissing
        return getattr(node.depot, name)

    def exchange(self, node_id: str, body: bytes) -> bytes:
        """See Depot.exchange; here is also kept what the caller and those behind it said of themselves."""
        answer: bytes = self.__getattr__("exchange")(node_id, body, self._hear)
        return answer

    def _hear(self, said: Manifest, path: str) -> None:
        """On a link a station speaks often: what it said a moment ago is not written down again."""
        now = web.now()
        noted_at, latest = self._noted.get(said.sender, (EVER, said.latest))
        if path == LINK and now - noted_at < CONTACT_NOTED_EVERY and (said.brief or latest == said.latest):
            return
        if path == LINK:
            self._noted[said.sender] = (now, said.latest)
        note_contact(said.sender, said, path, now)


def mount(app: Flask) -> None:
    """Mount the doors on `app`."""
    installation = web.installation_of(app)
    repository = installation.settings.data_folder / REPOSITORY_FOLDER
    app.register_blueprint(mail_http.blueprint(cast("Depot", OpenDepot()), gauge=installation.gauge))
    samples = installation.settings.data_folder / SAMPLES_FOLDER
    app.register_blueprint(catalog_http.blueprint(repository, held=samples), url_prefix="/catalog")
    app.register_blueprint(bp)


@bp.post(joining.ENROL_PATH)
def enrol() -> Response:
    """A request to join in, a grant out; both DSSE JSON. The request proves itself by its code."""
    if not web.node().facts.takes_calls:
        raise PageMissing
    if (request.content_length or 0) > REQUEST_BYTES_MAX:
        raise TooLarge("加入申请", request.content_length or 0, REQUEST_BYTES_MAX)
    granted = joining.answer_bytes(web.node(), request.get_data(cache=False))
    return Response(granted, content_type="application/json")
