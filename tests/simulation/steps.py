"""What happens in a run: a list of steps, drawn from the seed before anything is played.

A step names its machines and sticks by numbers that fit whatever there is, and has its own chance; so
any of them can be left out and the others still mean the same. Each run draws which kinds of trouble it
has at all: a mixture of everything hides what two kinds do together.
"""

from dataclasses import dataclass
from random import Random

from tests.simulation.network import FAULTS

HOUR = 3600
QUIET = {"post": 30, "exchange": 28, "answer": 8, "wait": 8, "export": 4, "import": 5}
TROUBLE = {
    "arm": 8,
    "kill": 3,
    "restart": 2,
    "backup": 5,
    "restore": 3,
    "copy": 1,
    "clock": 2,
    "spoil": 3,
    "stray": 1,
    "fill": 1,
    "revoke": 1,
    "poison": 2,
    "late": 4,
    "pile": 2,
}
PLOTS = (
    "post exchange backup post exchange restore post exchange post exchange",
    "post exchange backup post export restore post exchange import exchange",
    "post exchange backup-hall post exchange restore-hall exchange",
    "exchange backup-hall post exchange backup post exchange restore-hall restore exchange",
    "post exchange copy post exchange post-copy exchange-copy post-copy exchange-copy",
    "post exchange copy post-copy exchange-copy post exchange post exchange",
    "answer exchange backup-hall answer exchange restore-hall answer exchange",
    "post arm-hall exchange exchange",
    "post exchange kill-hall post exchange",
    "post export post exchange import export-hall import",
    "post exchange revoke post export import exchange",
)
AMONG_ALL = {"backup", "restore", "export", "arm", "kill"}  # who counts halls as well, the hall is 0
FILE_BYTES = (300, 9_000, 70_000, 200_000)


@dataclass(frozen=True)
class Step:
    """who, number: choose a machine and what it is about. fates: of an exchange's requests."""

    kind: str
    who: int = 0
    number: int = 0
    fates: str = ""
    seed: int = 0


@dataclass(frozen=True)
class Plan:
    """One run. The seed decides about everything that the steps do not. relayed: stations of the township."""

    seed: str
    stations: int
    steps: tuple[Step, ...]
    relayed: int = 0


def draw(seed: str) -> Plan:
    """A small run: a hall, two to seven stations, some days; mostly with a plot or two among its steps."""
    chance = Random(seed)  # noqa: S311
    stations = chance.choice((2, 2, 3, 3, 4, 5, 7))
    weights = dict(QUIET)
    weights |= {kind: weight for kind, weight in TROUBLE.items() if chance.random() < 0.4}
    faults = [fault for fault in FAULTS if chance.random() < 0.5]
    share = chance.choice((0.0, 0.1, 0.3, 0.5))
    drawn = chance.choices(list(weights), list(weights.values()), k=chance.randint(12, 32))
    steps = [_step(kind, chance, faults, share) for kind in drawn]
    for _ in range(chance.choice((0, 1, 1, 2))):
        _weave(steps, _plot(chance, stations), chance)
    relayed = chance.randint(1, stations) if chance.random() < 0.3 else 0
    return Plan(seed, stations, tuple(steps), relayed)


def _plot(chance: Random, stations: int) -> list[Step]:
    """Steps that make trouble only together, in this order, whatever comes between them."""
    one = chance.randrange(stations)
    steps = []
    for act in chance.choice(PLOTS).split():
        kind, _, place = act.partition("-")
        who = 1 + one if kind in AMONG_ALL else one
        who = {"hall": 0, "copy": stations}.get(place, who)
        number = one if act == "export-hall" else chance.randrange(1000)
        steps.append(Step(kind, who, number, "", chance.randrange(2**32)))
    return steps


def _weave(steps: list[Step], plot: list[Step], chance: Random) -> None:
    """Put the plot between the others, its own order kept."""
    places = sorted(chance.randrange(len(steps) + 1) for _ in plot)
    for shift, (place, step) in enumerate(zip(places, plot, strict=True)):
        steps.insert(place + shift, step)


def draw_big(seed: str, stations: int = 50, days: int = 30) -> Plan:
    """A county over a month: each station writes and calls every other day; a little of every trouble."""
    chance = Random(seed)  # noqa: S311
    faults, steps = list(FAULTS), []
    kinds, weights = list(TROUBLE), [*TROUBLE.values()]
    for _ in range(days):
        today = [
            Step("post", who, 1 + 3 * chance.randrange(100), "", chance.randrange(2**32))
            for who in range(stations)
            if chance.random() < 0.5
        ]
        today += [
            _step("exchange", chance, faults, 0.1, who) for who in range(stations) if chance.random() < 0.5
        ]
        today += [_step("answer", chance, faults, 0.0) for _ in range(10)]
        today += [_step("export", chance, faults, 0.0) for _ in range(3)]
        today += [_step("import", chance, faults, 0.0) for _ in range(4)]
        trouble = [kind for kind in chance.choices(kinds, weights, k=8) if kind != "revoke"]
        today += [_step(kind, chance, faults, 0.1) for kind in trouble]
        chance.shuffle(today)
        steps += [*today, Step("wait", 0, 23 * HOUR)]
    return Plan(seed, stations, tuple(steps), stations // 3)


def _step(kind: str, chance: Random, faults: list[str], share: float, who: int | None = None) -> Step:
    number = chance.randrange(1000)
    if kind == "wait":
        number = chance.choice((60, HOUR, 9 * HOUR, 26 * HOUR))
    fates = ""
    if kind == "exchange" and faults:
        fates = "".join(chance.choice(faults) if chance.random() < share else "." for _ in range(12))
    chosen = chance.randrange(1000) if who is None else who
    return Step(kind, chosen, number, fates.rstrip("."), chance.randrange(2**32))
