"""Playing a plan: one step after the other on the real code, the promises checked after each."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from sync import inbox
from sync.courier import ExchangeReport
from sync.errors import SyncError
from sync.limits import CARRIED_ASK_SECONDS
from tests.simulation.chance import seeded
from tests.simulation.machine import Machine
from tests.simulation.network import Link
from tests.simulation.promises import Broken, Promises
from tests.simulation.steps import FILE_BYTES, Plan, Step
from tests.simulation.world import Stick, World, is_full

ROUNDS_TO_SETTLE = 10
DAY = 86_400
_HELD = (
    "SELECT (SELECT COUNT(*) FROM arrival), (SELECT COUNT(*) FROM out_letter),"
    " (SELECT COUNT(*) FROM acknowledgement), (SELECT COUNT(*) FROM file_receipt),"
    " (SELECT COUNT(*) FROM carried_letter), (SELECT COUNT(*) FROM carried_word)"
)


@dataclass
class Result:
    """How a run ended.

    broken: the promise and the step (counted from 1) at which it was seen broken. digest: of all disks.
    """

    plan: Plan
    steps: int = 0
    requests: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    broken: Broken | None = None
    at_step: int = 0
    digest: str = ""


def run(plan: Plan) -> Result:
    """Play it; whatever is thrown that is not an honest answer counts as broken (promise "P9")."""
    started = time.process_time()
    result = Result(plan)
    with seeded(f"mail {plan.seed}"):
        player = Player(plan, result)
        try:
            with player.world.in_order():
                player.all()
        except Broken as broken:
            result.broken = broken
        except Exception as error:  # noqa: BLE001
            result.broken = Broken("P9", f"{type(error).__name__} came out: {error}")
            result.broken.__cause__ = error
        result.at_step = result.steps
        result.digest = player.world.digest()
        player.world.closes()
    result.requests = player.world.network.requests
    result.faults += Counter(player.world.network.faults)
    result.checks = player.promises.truth.checks
    result.seconds = time.process_time() - started
    return result


class Player:
    """One run under way."""

    def __init__(self, plan: Plan, result: Result) -> None:
        self.world = World(plan.stations, plan.relayed)
        self.promises = Promises(self.world)
        self._plan, self._result = plan, result
        self._acts: dict[str, Callable[[Step, Random], str]] = {
            "post": self._post,
            "pile": self._pile,
            "poison": self._poison,
            "answer": self._answer,
            "exchange": self._exchange,
            "wait": self._wait,
            "export": self._export,
            "import": self._import,
            "spoil": self._spoil,
            "stray": self._stray,
            "arm": self._arm,
            "kill": self._kill,
            "restart": self._restart,
            "backup": self._backup,
            "restore": self._restore,
            "copy": self._copy,
            "clock": self._clock,
            "fill": self._fill,
            "revoke": self._revoke,
            "late": self._late,
        }

    def all(self) -> None:
        """All steps, then peace, in which everything has to arrive. Raises Broken."""
        for step in self._plan.steps:
            self._play(step)
        self._result.steps += 1
        self._tell("peace", self._settle())

    def _play(self, step: Step) -> None:
        self._result.steps += 1
        self._result.faults[step.kind] += 1
        try:
            told = self._acts[step.kind](step, Random(step.seed))  # noqa: S311
        except BaseException as error:
            if not self._is_explained(error):
                self._tell(step.kind, f"{type(error).__name__}: {error}")
                raise
            told = f"ended by {type(error).__name__}"
        died = self._recover()
        self._tell(step.kind, told + (f"; {died} died" if died else ""))
        self.promises.check()

    def _is_explained(self, error: BaseException) -> bool:
        """Whether a dead or full disk of one of the machines says why this was thrown."""
        if isinstance(error, Broken):
            return False
        machines = [*self.world.machines, self.world.stranger]
        return any(one.disk.is_dead for one in machines) or any(is_full(one, error) for one in machines)

    def _recover(self) -> str:
        dead = [one for one in self.world.machines if one.disk.is_dead]
        for machine in dead:
            self._result.faults["death at a disk operation"] += 1
            machine.recovers()
            self.world.notes_revoked()
        return ", ".join(one.name for one in dead)

    def _tell(self, kind: str, told: str) -> None:
        self._result.story.append(f"{self._result.steps:4} {_time(self.world.time)} {kind:9} {told}")

    # Who it is about

    def _any(self, step: Step) -> Machine:
        return self.world.machines[step.who % len(self.world.machines)]

    def _station(self, step: Step) -> Machine:
        stations = [one for one in self.world.machines if one.lines]
        return stations[step.who % len(stations)]

    # What people do

    def _post(self, step: Step, chance: Random) -> str:
        machine = self._station(step)
        count = 1 + (step.number % 3 == 0) * chance.randrange(4)
        sizes = (chance.choice(FILE_BYTES),) if chance.random() < 0.2 else ()
        made = [self.world.posts(machine, self.world.hall, sizes=sizes) for _ in range(count)]
        return (
            f"{machine.name} writes {made[0]}" + (f" to {made[-1]}" if count > 1 else "") + f" files {sizes}"
        )

    def _pile(self, step: Step, chance: Random) -> str:
        machine = self._station(step)
        made = [self.world.posts(machine, self.world.hall) for _ in range(chance.randrange(10, 40))]
        return f"{machine.name} writes {made[0]} to {made[-1]}"

    def _poison(self, step: Step, _: Random) -> str:
        made = self.world.posts(self._station(step), self.world.hall, poison=True)
        return f"{made}, which the hall cannot take"

    def _answer(self, step: Step, chance: Random) -> str:
        station = self._station(step)
        sizes = (chance.choice(FILE_BYTES),) if chance.random() < 0.15 else ()
        return f"the hall writes {self.world.posts(self.world.hall, station, sizes=sizes)} to {station.name}"

    def _wait(self, step: Step, _: Random) -> str:
        self.world.passes(step.number)
        return f"{step.number / 3600:.1f} hours pass"

    def _export(self, step: Step, _: Random) -> str:
        machine = self._any(step)
        to = self.world.hall
        if machine is to:
            to = self.world.originals[step.number % len(self.world.originals)]
        if to.node_id in self.world.revoked:
            return f"{to.name} gets no stick any more"
        stick = self.world.exports(machine, to)
        self.world.sticks.append(stick)
        return f"{machine.name} -> {to.name}, stick {len(self.world.sticks)}, {len(stick.data)} bytes"

    def _import(self, step: Step, _: Random) -> str:
        if not self.world.sticks:
            return "no stick is there"
        stick = self.world.sticks[step.number % len(self.world.sticks)]
        readers = [one for one in self.world.machines if one.node_id == stick.recipient]
        machine = readers[step.who % len(readers)]
        done = self.world.imports(machine, stick)
        return f"{machine.name} reads a stick of {stick.origin.name}: {_facts(done)}"

    # What goes wrong

    def _spoil(self, step: Step, chance: Random) -> str:
        """A stick pulled out while it was written, or altered: refused, and nothing has changed."""
        if not self.world.sticks:
            return "no stick is there"
        stick = self.world.sticks[step.number % len(self.world.sticks)]
        at = chance.randrange(len(stick.data))
        how = chance.choice(("cut off", "without its end", "altered"))
        rest = {"cut off": b"", "without its end": bytes(len(stick.data) - at)}
        byte = bytes([stick.data[at] ^ chance.randrange(1, 256)])
        data = stick.data[:at] + rest.get(how, byte + stick.data[at + 1 :])
        if data == stick.data:
            return "its end was nothing but zeros"
        spoilt = Stick(stick.origin, stick.recipient, data, False)
        machine = next(one for one in self.world.machines if one.node_id == stick.recipient)
        return f"{how} at byte {at}: {self._refused(machine, spoilt, 'P4')}"

    def _stray(self, step: Step, _: Random) -> str:
        """A stick is carried to a hall of another county."""
        if not self.world.sticks:
            return "no stick is there"
        stick = self.world.sticks[step.number % len(self.world.sticks)]
        return self._refused(self.world.stranger, stick, "P10")

    def _refused(self, machine: Machine, stick: Stick, promise: str) -> str:
        written = machine.disk.operations
        try:
            self.world.imports(machine, stick)
        except SyncError as error:
            is_same = machine.disk.operations == written
            self.promises.truth.expect(
                is_same, promise, f"{machine.name} refused a stick and changed something"
            )
            return f"refused: {error}"
        raise Broken(promise, f"{machine.name} took a stick that was not whole, or not for it")

    def _exchange(self, step: Step, chance: Random) -> str:
        machine = self._station(step)
        halls = list(machine.lines)
        name = halls[0] if step.number % 3 else halls[-1]
        report = self.exchange(machine, name, step.fates, chance)
        sent = f"{report.sent} sent, {report.received} came, {report.acknowledged} acknowledged"
        ended = f"{report.state} {sent} {report.incidents or ''} {report.why}"
        return f"{machine.name} -> {name} [{step.fates}] {ended}"

    def exchange(self, machine: Machine, name: str, fates: str, chance: Random) -> ExchangeReport:
        """One exchange with the hall of that name; its requests meet these fates. Raises Broken."""
        hall, link = machine.lines[name]
        assert isinstance(link, Link)
        before = self.promises.witness_of(machine, hall)
        link.prepare(fates, chance, chance.choice((0.05, 0.6, 5.0)))
        with machine.at_work():
            report = machine.couriers[name].exchange()
        machine.remembers_time()
        if not hall.disk.is_dead:
            self.promises.check_exchange(machine, hall, before, report)
        return report

    def _arm(self, step: Step, chance: Random) -> str:
        machine, is_power = self._any(step), chance.random() < 0.7
        operations = chance.choice((1, 2, 3, 5, 8, 13, 20, 40))
        machine.disk.arm(operations, is_power, chance)
        how = "loses power" if is_power else "is killed"
        return f"{machine.name} {how} at its {operations}. disk operation from now"

    def _kill(self, step: Step, chance: Random) -> str:
        machine, is_power = self._any(step), chance.random() < 0.5
        machine.dies(is_power, chance)
        return f"{machine.name} {'loses power' if is_power else 'is killed'} while nothing goes on"

    def _restart(self, step: Step, _: Random) -> str:
        machine = self._any(step)
        machine.restarts()
        return f"{machine.name} starts anew"

    def _backup(self, step: Step, _: Random) -> str:
        machine = self._any(step)
        machine.backs_up()
        return f"{machine.name} makes its backup {len(machine.backups)}"

    def _restore(self, step: Step, _: Random) -> str:
        kept = [one for one in self.world.machines if one.backups]
        if not kept:
            return "nobody has a backup"
        machine = self._any(step) if self._any(step).backups else kept[step.who % len(kept)]
        which = step.number % len(machine.backups)
        machine.is_set_back(machine.backups[which])
        self.promises.truth.may_fork.add(machine.node_id)
        return f"{machine.name} is set back to its backup {which + 1}"

    def _copy(self, step: Step, _: Random) -> str:
        machine = self.world.originals[step.who % len(self.world.originals)]
        twin = machine.twin(f"{machine.name}{'bcdefgh'[len(self.world.machines) % 7]}")
        if twin.name in {one.name for one in self.world.machines}:
            return "there are copies enough"
        self.world.connects(twin, [hall for hall, _ in machine.lines.values()])
        self.world.machines.append(twin)
        self.promises.truth.may_fork.add(machine.node_id)
        return f"the disk of {machine.name} is copied, {twin.name} goes on with it"

    def _clock(self, step: Step, chance: Random) -> str:
        machine = self._any(step)
        machine.ahead = timedelta(days=chance.choice((-9000, -400, -1, 0, 1, 400, 3000)))
        return f"the clock of {machine.name} is {machine.ahead.days} days off"

    def _fill(self, step: Step, chance: Random) -> str:
        machine = self._any(step)
        if machine.disk.room_bytes is not None:
            machine.disk.room_bytes = None
            return f"{machine.name} has room again"
        machine.disk.room_bytes = machine.disk.size_bytes() + chance.choice((0, 4096, 50_000))
        return f"{machine.name} has room for {machine.disk.room_bytes - machine.disk.size_bytes()} bytes"

    def _revoke(self, step: Step, _: Random) -> str:
        station = self.world.originals[step.who % len(self.world.originals)]
        rows = self.world.hall.rows("SELECT MAX(upto) FROM in_stream WHERE sender = ?", station.node_id)
        self.world.revokes(station, rows[0][0] or 0)
        return f"the hall withdraws the key of {station.name} after number {rows[0][0] or 0}"

    def _late(self, step: Step, _: Random) -> str:
        if not self.world.network.kept:
            return "nothing is on its way"
        self.world.network.deliver_late(step.number)
        return "a request arrives late"

    # The end

    def _settle(self) -> str:
        """Room, good links, and calls until nothing moves: then all of it is there."""
        for machine in self.world.machines:
            machine.disk.room_bytes = None
            machine.disk.disarm()
        turn = quiet = 0
        before: list[object] = []
        while quiet < self._rounds_to_be_sure() and turn < ROUNDS_TO_SETTLE:
            turn += 1
            for machine in self.world.machines:
                if machine.lines and machine.node_id not in self.world.revoked:
                    self._call(machine)
            self.promises.check()
            after = [machine.rows(_HELD) for machine in self.world.machines]
            quiet, before = quiet + 1 if after == before else 0, after
            if quiet and self.world.township:
                self.world.passes(CARRIED_ASK_SECONDS)  # a relay passes the same question on once in a while
        self._cure()
        self.promises.check_anew()
        self.promises.check_arrived()
        return f"all is quiet after {turn} rounds"

    def _rounds_to_be_sure(self) -> int:
        """What was noticed in one quiet round may be asked for in the next; a relay passes the question on in
        one round and the answer in the next.
        """
        machines = self.world.machines
        is_asking = any(one.rows("SELECT 1 FROM recall WHERE after < upto") for one in machines)
        return 3 if self.world.township else 2 if is_asking else 1

    def _call(self, machine: Machine) -> None:
        report = self.exchange(machine, next(iter(machine.lines)), "", Random(0))  # noqa: S311
        is_good = report.state == "ok"
        self.promises.truth.expect(
            is_good, "P1", f"{machine.name} gets nothing through in peace: {report.why}"
        )

    def _cure(self) -> None:
        """Now the hall can take what it could not take before."""
        hall = self.world.hall
        hall.is_cured = True
        with hall.at_work():
            for arrival in inbox.quarantined():
                inbox.retry(hall.box, arrival.hash)


def _time(seconds: float) -> str:
    day, rest = divmod(int(seconds), DAY)
    return f"day {day} {rest // 3600:02}:{rest // 60 % 60:02}"


def _facts(done: object) -> str:
    names = ("accepted", "repeated", "aside", "acknowledged", "receipts", "files", "refused", "incidents")
    return ", ".join(f"{getattr(done, name)} {name}" for name in names if getattr(done, name))
