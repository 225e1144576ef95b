"""Addresses that get ready when they are first used, so that a start does not wait for all of them.

werkzeug writes and compiles two small functions for each address, which put it together for a link. The
program has some 200 addresses, a page links to a few dozen of them: that was half of the time in which the
pages come up.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class Address(Rule):
    """One address; its two functions are compiled by the first link to it."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        compiled: list[Builder] = []
        compile_now = super()._compile_builder

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(compile_now(append_unknown))
            return compiled[0](rule, **values)

        return build
