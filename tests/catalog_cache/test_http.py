"""The published folder on the web: signed files and nothing else."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from catalog_cache.http import blueprint
from tests.catalog_cache.press import Press


@pytest.fixture
def web(press: Press) -> FlaskClient:
    app = Flask("signed-files")
    app.register_blueprint(blueprint(press.folder), url_prefix="/catalog")
    return app.test_client()


def test_a_signed_file_is_served_as_it_lies_in_the_folder(web: FlaskClient, press: Press):
    answer = web.get("/catalog/metadata/timestamp.json")

    assert answer.data == (press.folder / "metadata/timestamp.json").read_bytes()
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Length"] == str(len(answer.data))


def test_what_never_changes_may_be_kept_for_ever(web: FlaskClient):
    assert "immutable" in web.get("/catalog/metadata/1.root.json").headers["Cache-Control"]


def test_head_tells_the_size_without_the_content(web: FlaskClient, press: Press):
    answer = web.head("/catalog/metadata/1.root.json")

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(press.root))


def test_a_cut_off_transfer_goes_on_from_where_it_was(web: FlaskClient, press: Press):
    answer = web.get("/catalog/metadata/1.root.json", headers={"Range": "bytes=100-"})

    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes 100-{len(press.root) - 1}/{len(press.root)}"
    assert answer.data == press.root[100:]


def test_a_range_past_the_end_says_how_long_the_file_is(web: FlaskClient, press: Press):
    answer = web.get("/catalog/metadata/1.root.json", headers={"Range": f"bytes={len(press.root)}-"})

    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(press.root)}")


@pytest.mark.parametrize(
    "path",
    [
        "metadata/../../city/metadata/1.root.json",
        "metadata/..%2f..%2fcity/metadata/1.root.json",
        "metadata/%2e%2e/targets",
        "targets//etc/passwd",
        "targets/..\\..\\x",
        "targets/%00",
        "targets/city",
        "metadata/",
        "metadata/nothing.json",
    ],
)
def test_no_address_leads_out_of_the_folder_or_to_a_folder(web: FlaskClient, path: str):
    assert web.get(f"/catalog/{path}").status_code in (404, 308)
    assert web.get(f"/catalog/{path}", follow_redirects=True).status_code == 404


def test_a_link_in_the_folder_is_not_served(web: FlaskClient, press: Press, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (press.folder / "targets/leak.json").symlink_to(secret)

    assert web.get("/catalog/targets/leak.json").status_code == 404


def test_a_draft_not_yet_in_place_is_not_served(web: FlaskClient, press: Press):
    (press.folder / "metadata/.timestamp.json.7.new").write_text("{}")

    assert web.get("/catalog/metadata/.timestamp.json.7.new").status_code == 404


def test_nothing_can_be_written(web: FlaskClient):
    assert web.post("/catalog/metadata/timestamp.json", data=b"{}").status_code == 405
    assert web.delete("/catalog/metadata/timestamp.json").status_code == 405
