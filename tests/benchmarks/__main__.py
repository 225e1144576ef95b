"""`make bench`: every measurement beside its baseline, in one run."""

from tests.benchmarks import intake, paper, search, startup

if __name__ == "__main__":
    for one in (startup, intake, search, paper):
        one.measure()
