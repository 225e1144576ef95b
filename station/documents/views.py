"""验真: anybody at this station's screen checks a receipt, signed in or not, link or no link."""

from flask import Blueprint, render_template, request
from flask_babel import gettext

from catalog_cache.model import Item
from station import web
from station.documents.errors import ReceiptRefused, TrustRefused
from station.documents.given import PROOF_WORDS, local_minute
from station.documents.known_halls import known_hall_keys
from station.documents.proof import TEXT_LENGTH_MAX
from station.documents.verify import FILE_BYTES_MAX, Verdict, text_in_file, verify_receipt
from station.web import FieldErrors, public

bp = Blueprint("documents", __name__, template_folder="templates", url_prefix="/verify")


@bp.get("/")
@public
def verify() -> str:
    """Ask for the scanned text or the file."""
    return _page(FieldErrors())


@bp.post("/")
@public
def verify_now() -> str | tuple[str, int]:
    """Say what the receipt proves, or why it proves nothing."""
    errors = FieldErrors()
    text, is_file = _given_text(errors)
    if errors:
        return _page(errors), 422
    try:
        verdict = verify_receipt(text, known_hall_keys(web.installation().settings.data_folder))
    except (ReceiptRefused, TrustRefused) as error:
        errors.add("file" if is_file else "text", web.spoken(error))
        return _page(errors), error.status
    return _page(errors, verdict)


def _given_text(errors: FieldErrors) -> tuple[str, bool]:
    """The receipt's text, and whether it came in a file."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        text = request.form.get("text", "").strip()
        if not text:
            errors.add("text", gettext("请粘贴二维码扫出的文字，或选择凭证文件"))
        elif len(text) > TEXT_LENGTH_MAX:
            errors.add("text", gettext("文字太长，凭证码不超过 %(most)d 个字符", most=TEXT_LENGTH_MAX))
        return text, False
    try:
        return text_in_file(upload.stream.read(FILE_BYTES_MAX + 1)), True
    except ReceiptRefused as error:
        errors.add("file", web.spoken(error))
        return "", True


def _page(errors: FieldErrors, verdict: Verdict | None = None) -> str:
    text = "" if verdict else request.form.get("text", "")[:TEXT_LENGTH_MAX]
    return render_template(
        "documents/verify.html",
        errors=errors,
        text=text,
        verdict=verdict,
        received_at=_received_at(verdict) if verdict else "",
        items=_items(verdict) if verdict else {},
        material_name=_material_name,
    )


def _received_at(verdict: Verdict) -> str:
    receipt = verdict.receipt
    return f"{local_minute(receipt.received_at)}（{gettext(PROOF_WORDS[receipt.proof])}）"


def _items(verdict: Verdict) -> dict[str, Item]:
    """What this station's catalog knows of the items of a receipt, by code."""
    catalog = web.installation().current_catalog()
    wanted = {line.item_code for line in verdict.receipt.lines}
    return {} if catalog is None else {item.code: item for item in catalog.items() if item.code in wanted}


def _material_name(item: Item | None, material_id: str) -> str:
    found = [material.name for material in item.materials if material.id == material_id] if item else []
    return found[0] if found else material_id
