"""`make bench`: every measurement beside its baseline; peers and storm have commands of their own."""

from tests.benchmarks import (
    backlog,
    catalog_stick,
    commits,
    deltas,
    desk,
    intake,
    layers,
    paper,
    quiet,
    search,
    startup,
)

if __name__ == "__main__":
    for one in (startup, intake, search, paper, quiet, commits, backlog, deltas, layers, catalog_stick, desk):
        one.measure()
