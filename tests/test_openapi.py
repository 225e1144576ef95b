"""docs/openapi.yaml is short and true: every door for programs stands in it, and every door in it answers."""

import json
import re
from pathlib import Path

import pytest

from tests.tools.counter import Counter

FILE = Path(__file__).parents[1] / "docs" / "openapi.yaml"
API = json.loads(FILE.read_text("utf-8"))  # JSON is YAML; the station serves the same file
DOORS = ("health", "mail", "enrolment", "catalog_files", "connectors")
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
OPERATIONS = [(path, method) for path, said in API["paths"].items() for method in said if method in METHODS]


def routes_for_programs(counter: Counter) -> set[tuple[str, str]]:
    """(path as OpenAPI writes it, method) of every route that programs use; what Flask adds is left out."""
    found = set()
    for rule in counter.app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in DOORS:
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            own = {method.lower() for method in rule.methods or ()} - {"options", "head"}
            found |= {(path, method) for method in own}
    return found


def test_every_door_for_programs_is_described_and_no_other(hall: Counter) -> None:
    described = {(path, method) for path, method in OPERATIONS if method not in ("head", "options")}

    assert described == routes_for_programs(hall)


def address_of(path: str) -> str:
    return path.replace("{sha256}", "a" * 64).replace("{name}", "timestamp.json").replace("{start}", "0")


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_described_door_answers_as_it_says(path: str, method: str, hall: Counter) -> None:
    said = API["paths"][path][method]["responses"]
    address = address_of(path)

    answer = hall.browser.open(address, method=method.upper(), headers={"Tus-Resumable": "1.0.0"})

    assert str(answer.status_code) in said, answer.text
    if answer.status_code in (400, 401, 403):
        assert {"error", "what", "why", "next_step"} <= set(
            json.loads(answer.data or b"{}")
        ) or method == "head"


def test_a_locked_node_answers_its_doors_as_described(hall: Counter) -> None:
    hall.installation.close()

    for path, method in OPERATIONS:
        if path.startswith(("/sync", "/files")) and method in ("post", "get", "put", "patch", "delete"):
            answer = hall.browser.open(
                address_of(path), method=method.upper(), headers={"Tus-Resumable": "1.0.0"}
            )
            assert answer.status_code == 503 and "503" in API["paths"][path][method]["responses"]


def test_the_description_is_served_to_anybody(station: Counter) -> None:
    answer = station.opens("/openapi.json")

    assert answer.json == API
    assert answer.mimetype == "application/json"


def test_every_reference_in_the_description_leads_somewhere() -> None:
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', FILE.read_text("utf-8")):
        place = API
        for name in reference.split("/"):
            place = place[name]
        assert place
