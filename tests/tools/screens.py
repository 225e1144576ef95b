"""Takes the pictures of docs/screens: the main job once more, with a camera in place of the judge.

python -m tests.tools.screens            all pictures, into docs/screens
python -m tests.tools.screens --to /tmp  somewhere else
"""

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from station.demo.plan import COUNTY, LINKED_VILLAGE
from station.demo.ports import held_ports
from station.demo.processes import NodeProcess
from station.demo.running import running
from tests.browser import papers, start_steps
from tests.browser.case_steps import answers_situations, contacts, says_who, takes_in
from tests.browser.catalog_steps import publishes
from tests.browser.hall_steps import decides, hands_out, opens_the_case
from tests.browser.town import Town, chromium
from tests.browser.visitor import Visitor

WHOLE_PAGE = ("case", "confirm", "desk", "materials", "mail")
BYTES_MAX = 250_000
DOCS = Path(__file__).parents[2] / "docs" / "screens"


class Camera:
    """Keeps the picture of a page, small enough for the repository."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, page: Page, name: str) -> None:
        """One page under one name: what a screen of 1366 x 900 shows, or all of it where the end matters."""
        self.keep(page.screenshot(full_page=name in WHOLE_PAGE), name)

    def keep(self, data: bytes, name: str) -> None:
        """In full colour; with fewer colours where that would be too large."""
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        kept = packed(picture)
        if len(kept) > BYTES_MAX:
            kept = packed(picture.quantize(256))
        assert len(kept) <= BYTES_MAX, f"{name}: {len(kept)} bytes"
        (self._folder / f"{name}.png").write_bytes(kept)
        print(f"{name}.png  {picture.width} x {picture.height}  {len(kept) // 1024} KB", flush=True)


def packed(picture: Image.Image) -> bytes:
    """The smallest PNG of a picture."""
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=DOCS)
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as work,
        running(Path(work) / "county", 0, lambda line: None) as county,
        chromium() as browser,
    ):
        camera = Camera(folder)
        town = Town(county, browser, lambda page: None, camera)
        walk_the_job(town, camera, Path(work))
        set_up(town, Path(work) / "new")


def walk_the_job(town: Town, camera: Camera, work: Path) -> None:
    """The county publishes, the village takes in, the hall decides, the village hands out."""
    door = town.visitor(LINKED_VILLAGE)
    door.opens("/accounts/sign-in")
    door.shows("signin")
    publishes(town, 2, "table")
    agent = town.visitor(LINKED_VILLAGE, "agent")
    contacts(agent, "第 2 版")
    with town.hall_is_down():
        taken = takes_in(agent)
        agent.opens("/mailroom/")
        agent.presses("立即联系大厅")
        agent.shows("mail")
        agent.opens("/cases/")
        agent.shows("cases")
    contacts(agent, "大厅已签收 2")
    camera.keep(papers.picture_of(taken.receipt, work, dots_per_inch=100).read_bytes(), "receipt-paper")
    agent.opens(taken.case_path)
    agent.shows("case")
    decide_and_hand_out(town, agent)


def decide_and_hand_out(town: Town, agent: Visitor) -> None:
    """What the hall and the applicant see of it."""
    reviewer = town.visitor(COUNTY, "reviewer")
    opens_the_case(reviewer)
    decides(reviewer)
    agent.opens("/mailroom/")
    agent.presses("立即联系大厅")
    counts_on_nobody(town, agent)
    hands_out(agent)


def counts_on_nobody(town: Town, agent: Visitor) -> None:
    """The first page of a busy station: a result to hand out, a draft begun, and the hall silent."""
    answers_situations(agent)
    says_who(agent)
    with town.hall_is_down():
        agent.opens("/mailroom/")
        agent.presses("立即联系大厅")
        agent.opens("/guide/?q=gljt")
        agent.shows("counter")
        agent.opens("/guide/?q=gljt&elder=1")
        agent.shows("counter-elder")
        agent.opens("/guide/?elder=0")


def set_up(town: Town, folder: Path) -> None:
    """The first start of one more station."""
    folder.mkdir()
    with held_ports(0, 1) as [port]:
        process = NodeProcess(folder, port)
        process.start()
        start_steps.says_where(town.at(process.address), start_steps.setup_address(process))
        process.stop()


if __name__ == "__main__":
    main()
