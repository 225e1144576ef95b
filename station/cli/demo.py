"""`yimen demo`: a small county on loopback; with --check it plays the main job by itself."""

import argparse
import signal
import tempfile
from pathlib import Path
from typing import Any

from station.cli import frame
from station.demo.running import running

DEFAULT_FOLDER = "demo-data"


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "demo",
        help="在本机启动一个演示县区",
        epilog="示例：yimen demo --dir demo-data --port 8600；yimen demo --check",
    )
    parser.add_argument("--dir", metavar="文件夹", help=f"数据文件夹（默认 {DEFAULT_FOLDER}）")
    parser.add_argument("--port", type=int, default=8600, help="第一个端口，其余依次往后（默认 8600）")
    parser.add_argument("--check", action="store_true", help="自动走完主流程，逐步报告，全部成立才返回 0")
    parser.add_argument("--json", action="store_true", help="与 --check 同用：只输出一份 JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Keep the county up until Ctrl-C, or play it through with --check."""
    signal.signal(signal.SIGTERM, lambda *_: _end())
    if options.check:
        return _check(options)
    folder = Path(options.dir or DEFAULT_FOLDER).absolute()
    with running(folder, options.port, frame.note) as county:
        for line in county.lines():
            print(line)
        print("\n按 Ctrl-C 结束。", flush=True)
        signal.pause()
    return 0


def _check(options: argparse.Namespace) -> int:
    # The check reads pages and PDFs; a person who only looks at the demo need not wait for its imports.
    from station.demo.check import play  # noqa: PLC0415

    if options.dir:
        return play(Path(options.dir).absolute(), options.port, options)
    with tempfile.TemporaryDirectory(prefix="yimen-demo-") as folder:
        return play(Path(folder), options.port, options)


def _end() -> None:
    raise KeyboardInterrupt
