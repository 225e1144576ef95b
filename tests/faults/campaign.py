"""The main job over and over, on real processes and over HTTP, while the power fails.

One village station and its county hall. After every cut the node is started again, its people sign in,
and both databases are read: nothing that a page confirmed may be missing, nothing may be there twice.
"""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from station.demo.county import DemoCounty, Say, prepare_part
from station.demo.people import Resident
from station.demo.person import PageRefused
from station.demo.plan import COUNTY, LINKED_VILLAGE, DemoNode
from station.demo.ports import held_ports
from station.demo.processes import NodeDidNotStart, NodeProcess
from station.settings import Argon2Cost
from station.vault import Vault
from tests.faults import books
from tests.faults.books import BROKEN, LOST, Books, Finding
from tests.faults.desks import Application, Broken, County, Desk, Village
from tests.faults.power import HALL, STATION, WAKING, Cut, Lengths, Moment, Plug, Schedule
from tests.faults.report import Report

CHEAP = Argon2Cost(passes=1, memory_kib=8, lanes=1)
NODES: dict[str, DemoNode] = {STATION: LINKED_VILLAGE, HALL: COUNTY}
TRIES_MAX = 20
EXCHANGES_MAX = 40
TELL_EVERY = 10
SLOW_SECONDS = 10.0
PRESSED_AFTER_A_CUT, PRESSED_TWICE = 0.5, 0.25
PRESSED = ("confirm", "accept", "decide", "hand out")
Act = Callable[[Application], None]


@dataclass(frozen=True)
class Plan:
    """How long a campaign runs: until so many moments, or so many minutes from `started` (0: no bound)."""

    seed: int
    moments: int | None
    minutes: float
    folder: Path
    started: float = field(kw_only=True, default_factory=time.monotonic)


@contextmanager
def running(plan: Plan, say: Say) -> Iterator[tuple[DemoCounty, dict[str, NodeProcess]]]:
    """A hall and a linked village, prepared with cheap passwords; the processes end with the block."""
    with held_ports(0, len(NODES)) as held:
        ports = dict(zip(NODES, held, strict=True))
        county = prepare_part(plan.folder, f"http://127.0.0.1:{ports[HALL]}", [LINKED_VILLAGE], CHEAP, say)
        yield from _running(county, ports)


def _running(
    county: DemoCounty, ports: dict[str, int]
) -> Iterator[tuple[DemoCounty, dict[str, NodeProcess]]]:
    processes = {
        name: NodeProcess(
            county.data(node), ports[name], ("--demo", "--unattended") if node.is_hall else ("--demo",)
        )
        for name, node in NODES.items()
    }
    try:
        yield county, processes
    finally:
        for process in processes.values():
            process.stop()


class Campaign:
    """One run. `run` plays until the plan is fulfilled or a promise is broken."""

    def __init__(
        self, plan: Plan, county: DemoCounty, processes: dict[str, NodeProcess], say: Callable[[str], None]
    ) -> None:
        self.plan, self.say = plan, say
        self.report = Report(plan.seed)
        self.processes = processes
        self.plug = Plug(processes)
        self.report.cuts = self.plug.cuts
        self.village = Village(processes[STATION].address, county.login(LINKED_VILLAGE))
        self.hall = County(processes[HALL].address, county.login(COUNTY, "reviewer"))
        self.books = {name: Books(county.data(node), _node_key(county, node)) for name, node in NODES.items()}
        self.apps: list[Application] = []
        self.lengths = Lengths()
        self._people = random.Random(f"people {plan.seed}")
        self._schedule = Schedule(plan.seed, plan.moments)
        self._started = plan.started
        self._is_cutting = False
        self._told = 0
        self._steps: Sequence[tuple[str, Desk, Act]] = (
            ("start", self.village, self.village.start),
            ("answers", self.village, self.village.answers),
            ("who", self.village, self.village.who),
            ("form", self.village, self.village.form),
            ("materials", self.village, self.village.materials),
            ("confirm", self.village, self.village.confirm),
            ("papers", self.village, self.village.papers),
            ("send", self.village, self._until_acknowledged),
            ("look", self.hall, self.hall.look),
            ("accept", self.hall, self.hall.accept),
            ("decide", self.hall, self.hall.decide),
            ("fetch", self.village, self._until_result),
            ("hand out", self.village, self.village.hand_out),
            ("report", self.village, self._until_acknowledged),
        )

    def run(self) -> Report:
        """Play; findings are in the report, and so is a mistake of the pages themselves."""
        try:
            for name in NODES:
                self._wake(name)
            self._job()  # without a cut, to learn how long each step takes
            self._is_cutting = True
            while not self._is_over():
                self._job()
            self.plug.forget()
            if (last := self.plug.taken()) is not None:  # it fell just before the time was up
                self._recover(last)
            self._settle()
        except (Broken, PageRefused, NodeDidNotStart, LookupError, requests.RequestException) as error:
            self._find([Finding(BROKEN, f"{type(error).__name__} during {self.plug.step}: {error}")])
        self.report.seconds = time.monotonic() - self._started
        return self.report

    def _is_over(self) -> bool:
        is_late = self.plan.minutes and time.monotonic() - self._started > self.plan.minutes * 60
        is_done = self._schedule.is_over and not self.plug.is_armed
        return bool(is_late or is_done or self.report.findings)

    def _job(self) -> None:
        app = self._new_application()
        self.apps.append(app)
        for name, desk, act in self._steps:
            self._step(name, desk, act, app)
            if self.report.findings:
                return
            self.report.confirmed = sum(one.is_confirmed for one in self.apps)
        self.report.finished += 1

    def _step(self, name: str, desk: Desk, act: Act, app: Application) -> None:
        """One step until it is done, through whatever cuts."""
        self.plug.step = name
        desk.forget_press()
        if self._is_cutting and not self.plug.is_armed:
            self._arm(self._schedule.due(name))
        share = 0.0
        for tries in range(TRIES_MAX):
            try:
                self._perhaps_again(name, desk, share)
                started = time.monotonic()
                act(app)
                seconds = time.monotonic() - started
                self._perhaps_again(name, desk, PRESSED_TWICE)
            except requests.RequestException:
                if not self.plug.has_cut:
                    raise
            cut = self.plug.taken()
            if cut is None:
                if tries == 0:
                    self.lengths.note(name, seconds)
                return
            self._recover(cut)
            share = PRESSED_AFTER_A_CUT
        raise Broken(f"{name} is not done after {TRIES_MAX} tries")

    def _perhaps_again(self, name: str, desk: Desk, share: float) -> None:
        """The impatient person: sends the same form again without looking."""
        if name in PRESSED and self._people.random() < share:
            self.report.presses_again[desk.press_again()] += 1

    def _arm(self, moment: Moment | None) -> None:
        """Let a planned moment come."""
        if moment is not None:
            self.plug.arm(moment, moment.fraction * self.lengths.usual(moment.step))

    def _recover(self, cut: Cut) -> None:
        """Start the node again, sign in, and look at everything."""
        done = self.plug.cuts.total()
        if done >= self._told + TELL_EVERY:
            self._told = done
            passed = time.monotonic() - self._started
            where = f"last: {cut.victim}, {cut.step}"
            self.say(f"{done:4} kills, {self.report.confirmed} confirmed, {passed:.0f} s ({where})")
        self._wake(cut.victim)
        self._find(self._look())

    def _wake(self, victim: str) -> None:
        """Until its pages are there and its people signed in; it may be cut again meanwhile."""
        desk: Desk = self.village if victim == STATION else self.hall
        before, self.plug.step = self.plug.step, WAKING
        for _ in range(TRIES_MAX):
            started = time.monotonic()
            self.processes[victim].spawn()
            if self._is_cutting and not self.plug.is_armed:
                self._arm(self._schedule.due_waking(victim))
            try:
                self.processes[victim].await_answer()
                desk.sign_in()
            except (NodeDidNotStart, requests.RequestException):
                if not self.plug.has_cut:
                    raise
            if self.plug.taken() is None:
                self._note_recovery(victim, time.monotonic() - started)
                self.plug.step = before
                return
        raise Broken(f"the {victim} does not come up")

    def _note_recovery(self, victim: str, seconds: float) -> None:
        self.lengths.note(WAKING, seconds)
        self.report.recoveries.append(seconds)
        if seconds > SLOW_SECONDS:
            self.say(f"  the {victim} took {seconds:.1f} s to come up; load average {os.getloadavg()[0]:.1f}")

    def _look(self) -> Iterator[Finding]:
        """Both databases, the station's first: what it holds an acknowledgement for, the hall must have."""
        with self.books[STATION].opened():
            yield from books.station_findings(self.apps)
            heard = books.acknowledged_letters()
        with self.books[HALL].opened():
            yield from books.hall_findings(self.apps)
            yield from books.hall_lacks(heard)

    def _find(self, findings: Iterator[Finding] | list[Finding]) -> None:
        for finding in findings:
            self.report.findings.append(finding)
            self.say(f"  {finding.kind}: {finding.text} {finding.case}")

    def _until_acknowledged(self, app: Application) -> None:
        """Press "contact" until the hall signed for everything about this case."""
        for _ in range(EXCHANGES_MAX):
            with self.books[STATION].opened():
                if books.is_acknowledged(app.case_id):
                    return
            self.village.contact()
            if self.plug.has_cut:
                return
        raise Broken(f"{app.number} is not acknowledged after {EXCHANGES_MAX} exchanges")

    def _until_result(self, app: Application) -> None:
        """Press "contact" until the result lies in the tray."""
        for _ in range(EXCHANGES_MAX):
            if self.village.has_result(app):
                return
            self.village.contact()
            if self.plug.has_cut:
                return
        raise Broken(f"the result of {app.number} is not here after {EXCHANGES_MAX} exchanges")

    def _settle(self) -> None:
        """Let everything come to rest, then look at every case, page by page and in both databases."""
        if self.report.findings:
            return
        self.plug.step = "settling"
        for _ in range(EXCHANGES_MAX):
            self.village.contact()
            if not any(self._unheard(name) for name in NODES):
                break
        for app in self.apps:
            self.village.shows(app)
        self._find(self._look())
        ends = {}
        for name in NODES:
            with self.books[name].opened() as database:
                self._find(books.settled_findings(database, self.apps, name == HALL))
                ends[name] = (books.stream_ends(is_sending=True), books.stream_ends(is_sending=False))
        for one, other in ((STATION, HALL), (HALL, STATION)):
            if ends[one][0] != ends[other][1]:
                self._find([Finding(LOST, f"the {other} does not hold all that the {one} sent")])

    def _unheard(self, name: str) -> int:
        with self.books[name].opened():
            return sum(not books.is_acknowledged(app.case_id) for app in self.apps)

    def _new_application(self) -> Application:
        chance, number = self._people, len(self.apps)
        birth = f"{chance.randint(1937, 1945)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        resident = Resident(name="李䶮英", birth=birth, serial=number % 1000)
        return Application(resident, _paper(chance, 30_000), _paper(chance, 12_000))


def _paper(chance: random.Random, size_bytes: int) -> bytes:
    """Something that a scanner might have made: known by its head and tail, not compressible."""
    return b"%PDF-1.4\n" + chance.randbytes(size_bytes) + b"\n%%EOF\n"


def _node_key(county: DemoCounty, node: DemoNode) -> bytes:
    login = county.login(node)
    return Vault(county.data(node) / "vault.json", CHEAP).open(login.account, login.password)
