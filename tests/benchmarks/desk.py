"""The desk's pages over a draft of 10,000 items after one edit: processor time of each, by what a clerk does.

A county hall with an encrypted draft. Every page is asked for after an item was saved, so that nothing can
be left from the time before; the baseline reads every record of that draft and lets lint look at them all.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from catalog_cache.lint import lint
from station.hall.publishing import draft
from tests.benchmarks.table import print_table, ratio, spread
from tests.tools.counter import Counter
from tests.tools.make_items import each_item

ITEMS = 10_000
SEED = 20261126
RUNS = 5
COUNTY = "440205000000"
PAGES = {
    "the draft, first page": "",
    "the draft, last page": f"?page={ITEMS // 40}",
    "the draft, words looked for": "?q=登记",
    "an item as a form": "entries/{code}",
    "what is to be mended (lint)": "lint",
    "the same, errors only": "lint?show=error",
    "completeness": "completeness",
    "completeness of a theme, by name": "completeness?theme=户籍&sort=name",
    "draft against version": "diff",
    "the review": "reviews/1",
    "an item's question tree": "situations/{code}",
}


def measure(items: int = ITEMS) -> None:
    """Found the hall, fill the draft, edit and ask in turn, print the table."""
    with tempfile.TemporaryDirectory() as folder:
        desk = _Desk(Path(folder), items)
        first = _processor(desk.opens_draft)
        rows = [("the draft, for the first time after the import", f"{first:.1f}", "")]
        anew = [_processor(desk.reads_all)]
        for name, path in PAGES.items():
            used = [desk.seconds_after_an_edit(path) for _ in range(RUNS)]
            rows.append((name, spread(used, 3), ratio(used, anew)))
        saved = [_processor(desk.saves_unchanged_form) for _ in range(RUNS)]
        rows.append(("one item saved, without the page that follows", spread(saved, 3), ratio(saved, anew)))
        rows.append(("baseline: every record read and looked at by lint", f"{anew[0]:.1f}", "1.00"))
        head = ("page, after one edit", "processor s (min / median / max)", "ratio")
        print_table(f"The desk over a draft of {items} items", head, rows)


class _Desk:
    """An editor at a county's desk."""

    def __init__(self, folder: Path, items: int) -> None:
        self.hall = Counter(folder, "county", COUNTY)
        self.hall.adds("editor", "编辑示例")
        self.hall.signs_in("editor")
        self._turn = 0
        with self.hall.node.using():
            first, *others = each_item(items, SEED)
            # Version 1 is all but the last, so that the draft has an item in force, a new one, and an edit.
            draft.take_entries([first, *others], is_whole=True, by="editor", now=self.hall.time.at)
            draft.settle([first, *others[:-1]], now=self.hall.time.at)
        self.code = first.code

    def opens_draft(self) -> None:
        self._opens("")

    def reads_all(self) -> None:
        with self.hall.node.using():
            lint(*draft.contents())

    def seconds_after_an_edit(self, path: str) -> float:
        """Processor seconds of one page; the edit before it is not counted."""
        self._edits()
        if path.startswith("reviews"):
            sent = self.hall.sends("/publishing/submit", {"note": ""})
            assert sent.status_code == 302, sent.text[:2000]
            path = sent.location.removeprefix("/publishing/")
        return _processor(lambda: self._opens(path.format(code=self.code)))

    def saves_unchanged_form(self) -> None:
        with self.hall.node.using():
            seen = draft.entry_row(self.code).sha256
        self._turn += 1
        fields = {"seen": seen, "phone": f"0751-{self._turn:07}"}
        answer = self.hall.sends(f"/publishing/entries/{self.code}", fields)
        assert answer.status_code == 302, answer.text[:2000]

    def _opens(self, path: str) -> None:
        answer = self.hall.opens(f"/publishing/{path}")
        assert answer.status_code == 200, answer.text[:2000]

    def _edits(self) -> None:
        self._turn += 1
        with self.hall.node.using():
            row = draft.entry_row(self.code)
            entry = replace(draft.read(row.record), phone=f"0751-{self._turn:07}")
            draft.save_entry(entry, row.sha256, by="editor", now=self.hall.time.at)


def _processor(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    measure(parser.parse_args().items)
