"""What each promise of the mail rests on, how to take that away, and the test that then has to fail.

A mechanism is taken away by changing lines of the source, in a process of its own. A line that is no longer
there is an error, not a pass: then the mechanism works in another way now, and this list has to follow.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """One place in one file: `line`, which stands there exactly once, becomes `instead`."""

    file: str
    line: str
    instead: str

    def in_words(self) -> str:
        """The file, and the first line that it loses there."""
        old, new = self.line.strip().splitlines(), self.instead.strip().splitlines()
        lost = next((line for line in old if line not in new), old[0]).strip()
        return f"{self.file}: {lost}".replace("|", "/").replace("`", "'")


@dataclass(frozen=True)
class Mechanism:
    """promise: P1 to P11. name: what it does, in a few words. test: a pytest node id that needs it."""

    promise: str
    name: str
    test: str
    changes: tuple[Change, ...]

    def as_row(self) -> tuple[str, str, str, str]:
        """Promise, mechanism, test, disabled by: as the protocol page prints it."""
        return self.promise, self.name, self.test, "; ".join(change.in_words() for change in self.changes)


def off(promise: str, name: str, test: str, *change: str) -> Mechanism:
    """A mechanism; change: file, line, instead, and again for further places."""
    places = zip(change[::3], change[1::3], change[2::3], strict=True)
    return Mechanism(promise, name, test, tuple(Change(*place) for place in places))
