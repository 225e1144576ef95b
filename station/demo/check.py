"""`yimen demo --check`: plays the main job through the pages of running nodes and reports each step."""

import argparse
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from catalog_cache.errors import CatalogError
from station.cli import frame
from station.demo.county import DemoCounty
from station.demo.guards import GuardFailed
from station.demo.person import PageRefused
from station.demo.processes import NodeDidNotStart
from station.demo.running import RunningCounty, running
from station.demo.scenes import SCENES
from station.demo.stage import NotHeld, Stage
from station.errors import StationError
from sync.errors import SyncError


@dataclass(frozen=True)
class Step:
    """One step as it went. figures: what was measured, or what did not hold."""

    number: int
    title: str
    held: bool
    figures: str
    seconds: float


def play(folder: Path, first_port: int, options: argparse.Namespace) -> int:
    """Play every scene on a county in `folder`; 0 when each step held, else 1 at the first that did not."""
    steps: list[Step] = []
    tell = _silent if options.json else _tell
    try:
        with ExitStack() as ending:
            stage: Stage | None = None

            def raise_curtain() -> str:
                nonlocal stage
                county = ending.enter_context(running(folder, first_port, frame.note))
                stage = Stage(county)
                return _county_figures(county)

            steps.append(_one(1, "县区启动：五个节点各自的文件夹、数据库、密钥和端口", raise_curtain, tell))
            for number, (title, scene) in enumerate(SCENES, start=2):
                if not steps[-1].held or stage is None:
                    break
                steps.append(_one(number, title, _on(stage, scene), tell))
    except KeyboardInterrupt:
        frame.note("已停止。")
        return 1
    held = all(step.held for step in steps) and len(steps) == len(SCENES) + 1
    _report(held, steps, options)
    return 0 if held else 1


def _on(stage: Stage, scene: Callable[[Stage], str]) -> Callable[[], str]:
    return lambda: scene(stage)


def _one(number: int, title: str, act: Callable[[], str], tell: Callable[[Step], None]) -> Step:
    began = time.monotonic()
    try:
        figures, held = act(), True
    except (NotHeld, GuardFailed, PageRefused, LookupError, NodeDidNotStart, AssertionError) as failure:
        figures, held = str(failure), False
    except (StationError, SyncError, CatalogError) as refusal:
        figures, held = f"{refusal.what}{refusal.why}", False
    step = Step(number, title, held, figures, round(time.monotonic() - began, 1))
    tell(step)
    return step


def _county_figures(county: RunningCounty) -> str:
    prepared: DemoCounty = county.county
    return f"{len(prepared.logins)} 个节点、{sum(map(len, prepared.logins.values()))} 个账号，全部应答"


def _tell(step: Step) -> None:
    mark = "通过" if step.held else "失败"
    print(f"[{mark}] {step.number:>2}. {step.title}（{step.seconds} 秒）\n        {step.figures}", flush=True)


def _silent(step: Step) -> None:
    """Nothing is told on the way when one JSON document is wanted."""


def _report(held: bool, steps: list[Step], options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps({"ok": held, "steps": [asdict(step) for step in steps]}, ensure_ascii=False))
        return
    seconds = sum(step.seconds for step in steps)
    print(f"\n{'全部' if held else '没有全部'}成立：{len(steps)} 步，{seconds:.0f} 秒。")
