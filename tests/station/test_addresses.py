"""Addresses get ready when they are first used, and are the same as if they had been ready before."""

from werkzeug.routing import Map, Rule

from tests.tools.counter import Counter


def example(rule: Rule, name: str) -> object:
    """A value that fits a place in an address, as the links of the program fill it."""
    return 7 if f"int:{name}>" in rule.rule else "Ab-1"


def test_every_link_is_the_one_that_werkzeug_alone_would_make(station: Counter):
    rules = list(station.app.url_map.iter_rules())
    assert len(rules) > 150

    for rule in rules:
        plain = Rule(rule.rule, endpoint=rule.endpoint, defaults=rule.defaults)
        Map([plain], converters=station.app.url_map.converters)
        values = {name: example(rule, name) for name in rule.arguments}
        for more in ({}, {"page": "2", "q": "高龄 津贴"}):
            assert rule.build(values | more) == plain.build(values | more)
            assert rule.build(values | more, append_unknown=False) == plain.build(
                values | more, append_unknown=False
            )
