"""What a campaign found, as a table for people."""

from collections import Counter
from dataclasses import dataclass, field

from tests.faults.books import DOUBLED, LOST, Finding
from tests.faults.power import HALL, STATION, STEPS


@dataclass
class Report:
    """The sum of a campaign. cuts: by (victim, step). recoveries: seconds from start to the first page."""

    seed: int
    cuts: Counter[tuple[str, str]] = field(default_factory=Counter)
    confirmed: int = 0
    finished: int = 0
    presses_again: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether every promise held."""
        return not self.findings

    def kills(self, victim: str) -> int:
        """How often a node was killed."""
        return sum(count for (who, _), count in self.cuts.items() if who == victim)

    def lines(self) -> list[str]:
        """A Markdown table and its sum."""
        steps = list(dict.fromkeys([*STEPS, *(step for _, step in self.cuts)]))
        told = [f"### Power cuts over the main job, seed {self.seed}", ""]
        told += ["| step under way | station killed | hall killed |", "|---|---:|---:|"]
        told += [f"| {step} | {self.cuts[(STATION, step)]} | {self.cuts[(HALL, step)]} |" for step in steps]
        told += [f"| **all** | **{self.kills(STATION)}** | **{self.kills(HALL)}** |", "", self.summary()]
        return told + [f"- {one.kind}: {one.text} {one.case}" for one in self.findings[:20]]

    def summary(self) -> str:
        """Everything in one line."""
        count = Counter(finding.kind for finding in self.findings)
        again = ", ".join(f"{number} {word}" for word, number in sorted(self.presses_again.items())) or "0"
        others = len(self.findings) - count[LOST] - count[DOUBLED]
        longest, usual = max(self.recoveries, default=0.0), _median(self.recoveries)
        return "; ".join(
            (
                f"seed {self.seed}: {self.cuts.total()} kills",
                f"{self.confirmed} cases confirmed, {self.finished} handed out",
                f"{count[LOST]} lost, {count[DOUBLED]} doubled, {others} other findings",
                f"forms sent again unseen: {again}",
                f"recovery median {usual:.1f} s, longest {longest:.1f} s",
                f"{self.seconds:.0f} seconds",
            )
        )


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0
