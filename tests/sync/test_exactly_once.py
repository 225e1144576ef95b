"""Whatever the link, the power and the backups do: each letter takes effect once, in its stream's order.

A failing run prints the steps and a line that repeats it (`@reproduce_failure`).
"""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.mail_pair import Pair

FATES = ["ok", "lost", "unanswered", "twice"]
STEPS = st.one_of(
    st.tuples(st.just("station posts"), st.booleans()),
    st.tuples(st.just("hall posts"), st.booleans()),
    st.tuples(st.just("exchange"), st.lists(st.sampled_from(FATES), max_size=4)),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("stick up"), st.integers(0, 2)),
    st.tuples(st.just("stick down"), st.integers(0, 2)),
    st.tuples(st.just("delayed"), st.integers(0, 5)),
)
RESTORES = st.one_of(
    st.tuples(st.just("back up station"), st.none()),
    st.tuples(st.just("restore station"), st.none()),
    st.tuples(st.just("back up hall"), st.none()),
    st.tuples(st.just("restore hall"), st.none()),
)
QUICK = settings(
    max_examples=15, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)


class Story:
    """Plays steps on a pair and remembers what was promised to whom."""

    def __init__(self, folder: Path) -> None:
        self.pair = Pair(folder)
        self.promised: dict[str, list[str]] = {"station": [], "hall": []}
        self.backups: dict[str, tuple[bytes, int]] = {}
        self.is_set_back = False

    def plays(self, step: str, detail) -> None:
        getattr(self, step.replace(" ", "_"))(detail)

    def station_posts(self, with_file: bool) -> None:
        self._posts("station", self.pair.station, self.pair.hall, with_file)

    def hall_posts(self, with_file: bool) -> None:
        self._posts("hall", self.pair.hall, self.pair.station, with_file)

    def _posts(self, name, sender, recipient, with_file) -> None:
        subject = f"{name}-{len(self.promised[name])}"
        files = [sender.keeps(b"scan of " + subject.encode() * 2000)] if with_file else []
        sender.posts(recipient, subject, files)
        self.promised[name].append(subject)

    def exchange(self, fates) -> None:
        self.pair.link.fate(*fates)
        self.pair.exchange()
        self.pair.link.fate()

    def restart(self, _) -> None:
        self.pair.restarts_station()

    def stick_up(self, times: int) -> None:
        parcel = self.pair.station.gives(self.pair.hall)
        for _ in range(times):
            self.pair.hall.takes_stick(parcel)

    def stick_down(self, times: int) -> None:
        parcel = self.pair.hall.gives(self.pair.station)
        for _ in range(times):
            self.pair.station.takes_stick(parcel)

    def delayed(self, which: int) -> None:
        """A request of long ago arrives once more."""
        requests = [body for _, path, body, _ in self.pair.link.seen if path == "/sync/v1/exchange" and body]
        if which < len(requests):
            self.pair.hall.takes_stick(requests[which])

    def back_up_station(self, _) -> None:
        self.backups["station"] = (self.pair.station.backs_up(), len(self.promised["station"]))

    def back_up_hall(self, _) -> None:
        self.backups["hall"] = (self.pair.hall.backs_up(), len(self.promised["hall"]))

    def restore_station(self, _) -> None:
        self._restore("station", self.pair.station)
        self.pair.restarts_station()

    def restore_hall(self, _) -> None:
        self._restore("hall", self.pair.hall)

    def _restore(self, name, node) -> None:
        """Only letters that were on the other disk, or in the backup, can be asked for afterwards."""
        if name not in self.backups or self.is_set_back:
            return
        self.pair.exchange()
        self.is_set_back = True  # two disks set back may lose what neither holds any more
        node.is_set_back(self.backups[name][0])

    def ends_well(self) -> None:
        self.pair.link.fate()
        for _ in range(3):
            assert self.pair.exchange().state == "ok"
        ups, downs = self.pair.hall.effect_rows(), self.pair.station.effect_rows()
        assert sorted(ups) == sorted(self.promised["station"])
        assert sorted(downs) == sorted(self.promised["hall"])
        if not self.is_set_back:
            assert (ups, downs) == (self.promised["station"], self.promised["hall"])
            assert self.pair.station.counts().acknowledged == len(ups)
            assert self.pair.hall.counts().acknowledged == len(downs)
        self.pair.closes()


def play(steps) -> None:
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder))
        for step, detail in steps:
            story.plays(step, detail)
        story.ends_well()


@QUICK
@given(st.lists(STEPS, max_size=14))
def test_lost_doubled_and_late_mail_takes_effect_once_and_in_order(steps):
    play(steps)


@QUICK
@given(st.lists(st.one_of(STEPS, RESTORES), max_size=18))
def test_one_restored_backup_loses_nothing_that_had_been_sent_and_doubles_nothing(steps):
    play(steps)
