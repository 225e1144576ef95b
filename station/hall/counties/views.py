"""A city's counties: what is signed for each, the file for a stick, and signing for one that came later."""

from tempfile import TemporaryFile

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from catalog_cache.divisions import load_divisions
from catalog_cache.errors import KeyRefused, PublishRefused
from catalog_cache.layering.layer_files import handover_file
from station import web
from station.accounts.roles import Role
from station.errors import PageMissing
from station.hall.counties import service
from station.hall.publishing import release
from station.hall.publishing.desk import Desk, Passphrases
from station.web import FieldErrors, requires

bp = Blueprint("counties", __name__, template_folder="templates", url_prefix="/publishing/counties")
DESK = (Role.EDITOR, Role.PUBLISHER)
Answer = str | AnyResponse | tuple[str, int]


@bp.get("/")
@requires(*DESK)
def show_counties() -> str:
    """Every county, and what is signed for it."""
    return _page(FieldErrors())


@bp.post("/")
@requires(Role.PUBLISHER)
def sign_for_the_rest() -> Answer:
    """Sign the version in force for the counties that lack it."""
    errors, words = FieldErrors(), _passphrases()
    try:
        signed = release.sign_for_the_rest(web.node(), words, by=web.account().name, now=web.now())
    except (KeyRefused, PublishRefused) as refusal:
        errors.add("passphrase", gettext(refusal.why) + gettext(refusal.next_step))
        return _page(errors), 422
    flash(gettext("已为 %(count)d 个县（市、区）补签。", count=len(signed)))
    return redirect(url_for("counties.show_counties"))


@bp.get("/<code>/handover.zip")
@requires(*DESK)
def download(code: str) -> Response:
    """Everything the city signed for a county, and the samples of its items, as one file.

    It is written to the disk first, as it may be larger than the memory, and goes when it was sent.
    """
    desk = _desk()
    made = TemporaryFile(dir=desk.repository.folder)  # noqa: SIM115 - sent, and closed, after this returns
    packed = service.write_handover_of(desk, code, made)
    made.seek(0)
    answer = send_file(
        made, mimetype="application/zip", as_attachment=True, download_name=handover_file(code)
    )
    answer.content_length = packed.bytes
    return answer


def _passphrases() -> Passphrases:
    return Passphrases(request.form.get("passphrase", ""), request.form.get("second", ""))


def _desk() -> Desk:
    """The desk of a city. Raises PageMissing at any other node."""
    desk = Desk.of(web.node())
    if not desk.is_city:
        raise PageMissing
    return desk


def _page(errors: FieldErrors) -> str:
    versions = release.history()
    lines = service.lines(_desk(), load_divisions(), versions)
    return render_template(
        "counties/list.html",
        lines=lines,
        samples=service.samples(_desk(), versions),
        behind=[one for one in lines if one.is_behind],
        errors=errors,
        is_publisher=Role.PUBLISHER in web.account().roles,
    )
