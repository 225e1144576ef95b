"""Which piece of which file goes next.

Small files go before large ones; of the large ones, those of different letters take turns, so that
nobody's papers wait behind another's album.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sync.limits import SMALL_FILE_BYTES
from sync.manifest import Want
from sync.spans import Span, minus, size, union

SETBACKS_MAX = 8  # damaged or misplaced pieces of one file before it waits for the next exchange


@dataclass
class Cargo:
    """One file under way. owner: whose file it is. letter: files with the same one take turns as one.

    gaps: what still has to be sent. flying: sent and not answered. settled: all that was sent since
    the exchange began and not lost; a statement of the receiver may be older than it. is_doubtful:
    a piece was lost, and the receiver has not said since whether it has it.
    """

    sha256: str
    size: int
    owner: str
    letter: int
    gaps: list[Span] = field(default_factory=list)
    flying: list[Span] = field(default_factory=list)
    settled: list[Span] = field(default_factory=list)
    setbacks: int = 0
    is_whole: bool = False
    is_doubtful: bool = False

    def starts(self) -> None:
        """A new exchange: what the receiver says from now on is newer than all we sent."""
        self.settled, self.setbacks = [], 0

    def hears(self, want: Want) -> None:
        """What the receiver holds."""
        self.gaps = minus([(0, self.size)], [(0, want.held), *want.later, *self.settled])
        self.is_doubtful = False

    def next_piece(self, length: int) -> Span:
        """The first bytes that are missing; they count as flying. Only while there are gaps."""
        start, stop = self.gaps[0]
        piece = (start, min(stop, start + length))
        self.gaps = minus(self.gaps, [piece])
        self.flying.append(piece)
        self.settled = union([*self.settled, piece])
        return piece

    def lands(self, piece: Span, held: int) -> None:
        """A piece is stored; held: how much the receiver has from the start."""
        self.flying.remove(piece)
        self.is_whole |= held == self.size
        if not (self.is_whole or self.is_doubtful or self.gaps or self.flying):
            self._begins_anew()

    def misses(self, piece: Span, stored: int = 0) -> None:
        """A piece did not get through, or only its first bytes did: the rest is sent again."""
        self.flying.remove(piece)
        rest = (piece[0] + stored, piece[1])
        self.settled = minus(self.settled, [rest])
        self.gaps = union([*self.gaps, rest])
        self.setbacks += 1

    def loses(self, piece: Span) -> None:
        """The link broke: whether the piece arrived is for the receiver to say."""
        self.flying.remove(piece)
        self.settled = minus(self.settled, [piece])
        self.is_doubtful = True

    def can_go(self) -> bool:
        """Whether there is something to send that is worth a try."""
        return bool(self.gaps) and not self.is_whole and self.setbacks < SETBACKS_MAX

    def _begins_anew(self) -> None:
        """All of it arrived, and it was not the file."""
        self.gaps, self.settled = [(0, self.size)], []
        self.setbacks += SETBACKS_MAX // 2  # it is dear, so it is tried once more and not again


class Hold:
    """The files of one direction, and whose turn it is."""

    def __init__(self) -> None:
        self._cargo: dict[str, Cargo] = {}
        self._turns: dict[int, int] = {}
        self._turn = 0

    def __iter__(self) -> Iterator[Cargo]:
        return iter(list(self._cargo.values()))

    def get(self, sha256: str) -> Cargo | None:
        """A file that is in here."""
        return self._cargo.get(sha256)

    def add(self, cargo: Cargo) -> None:
        """One more."""
        self._cargo[cargo.sha256] = cargo

    def drop(self, sha256: str) -> None:
        """One less."""
        self._cargo.pop(sha256, None)

    def keep(self, names: Iterable[str]) -> None:
        """Drop all others, except those with pieces in the air."""
        wanted = set(names)
        self._cargo = {name: one for name, one in self._cargo.items() if name in wanted or one.flying}

    def next_cargo(self) -> Cargo | None:
        """Whose piece goes next."""
        ready = [cargo for cargo in self._cargo.values() if cargo.can_go()]
        if not ready:
            return None
        chosen = min(ready, key=self._rank)
        self._turn += 1
        self._turns[chosen.letter] = self._turn
        return chosen

    def _rank(self, cargo: Cargo) -> tuple[bool, int, int]:
        left = size(cargo.gaps)
        is_small = left <= SMALL_FILE_BYTES
        return not is_small, 0 if is_small else self._turns.get(cargo.letter, 0), left
