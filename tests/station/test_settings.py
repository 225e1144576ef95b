"""A bad value stops the start and names itself; node facts are strict too."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from station.errors import BadSetting
from station.facts import clean_url, load_facts, new_facts, save_facts
from station.settings import Settings, from_environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 70000),
        ("port", -1),
        ("idle_minutes", 0),
        ("threads", 0),
        ("threads", 1000),
        ("request_mib_max", 100000),
        ("exchange_seconds", 0),
        ("keep_sent_days", 1),
        ("keep_arrived_days", 0),
        ("host", "a b"),
        ("host", ""),
        ("names", ("ok.lan", "bad name")),
        ("database_url", "mysql://x"),
        ("parent_ca", "/no/such/file.pem"),
    ],
)
def test_a_bad_setting_names_itself_what_was_given_and_what_is_accepted(name: str, value: object) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings(Path("x"), **{name: value})  # type: ignore[arg-type]

    assert name.removesuffix("s") in refused.value.what or "host" in refused.value.what
    assert refused.value.why and "可用的值" in refused.value.next_step


def test_the_environment_is_read_and_the_command_line_goes_before_it() -> None:
    environment = {"YIMEN_PORT": "9000", "YIMEN_NAMES": "a.lan, b.lan", "YIMEN_UNATTENDED": "1"}

    settings = from_environment(Path("x"), environment, port=9100, host=None)

    assert (settings.port, settings.names, settings.is_unattended) == (9100, ("a.lan", "b.lan"), True)
    assert settings.host == "127.0.0.1"


@pytest.mark.parametrize(
    "environment", [{"YIMEN_PORT": "8x"}, {"YIMEN_UNATTENDED": "yes"}, {"YIMEN_THREADS": "²"}]
)
def test_a_bad_variable_stops_the_start(environment: dict[str, str]) -> None:
    with pytest.raises(BadSetting):
        from_environment(Path("x"), environment)


@pytest.mark.parametrize(
    ("level", "name", "division"),
    [
        ("province", "站", "440205100201"),
        ("village", "", "440205100201"),
        ("village", "x" * 61, "440205100201"),
        ("village", "站\n", "44020510020"),
        ("village", "站", "44020510020x"),
        ("village", "站", "４４０２０５１００２０１"),
    ],
)
def test_a_node_that_cannot_be_is_refused(level: str, name: str, division: str) -> None:
    with pytest.raises(BadSetting):
        new_facts(level, name, division)


@pytest.mark.parametrize(
    "url", ["ftp://x", "hall.example", "http://a b", "http://x/" + "y" * 300, "http://主机"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadSetting):
        clean_url(url)


def test_facts_come_back_as_they_were_kept(tmp_path: Path) -> None:
    facts = new_facts("county", "曲江大厅", "440205000000", "http://127.0.0.1:8600/")
    save_facts(tmp_path, facts)

    assert load_facts(tmp_path) == facts
    assert facts.parent_url == "http://127.0.0.1:8600" and facts.is_hall


@pytest.mark.parametrize("content", ["", "{", "[]", '{"node_id": "x"}', '{"node_id": 1}'])
def test_damaged_facts_are_said_to_be_damaged(tmp_path: Path, content: str) -> None:
    (tmp_path / "node.json").write_text(content)

    with pytest.raises(BadSetting):
        load_facts(tmp_path)


def test_every_setting_and_variable_stands_in_the_manual() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
    told = from_environment.__doc__ or ""

    assert [field.name for field in fields(Settings) if f"`{field.name}`" not in manual] == []
    assert [name for name in re.findall(r"YIMEN_[A-Z_]+", told) if name not in manual] == []
    numbers = {field.name: field.default for field in fields(Settings) if type(field.default) is int}
    rows = {
        name: line for line in manual.splitlines() for name in numbers if line.startswith(f"| `{name}` |")
    }
    assert [
        name for name, default in numbers.items() if f" {default} " not in rows[name].replace("`", " ")
    ] == []
