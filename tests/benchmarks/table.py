"""Prints measurements as a table people can paste into docs/benchmarks.md."""

import os
import statistics
from collections.abc import Sequence


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Minimum / median / maximum of the runs."""
    return " / ".join(f"{v:.{digits}f}" for v in (min(values), statistics.median(values), max(values)))


def ratio(ours: Sequence[float], baseline: Sequence[float]) -> str:
    """Median against median."""
    return f"{statistics.median(ours) / statistics.median(baseline):.2f}"


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A Markdown table with the machine's load at the time."""
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\n### {title}\n\nLoad average at the end: {load} on {os.cpu_count()} cores.\n")
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
