"""`yimen desktop`: the station in a window. The server stays when the window goes."""

import argparse
import signal
from typing import Any

from station import desktop
from station.cli import frame, serve
from station.errors import FolderInUse
from station.lockfile import address_in_use

TITLE = "一门驿站"


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("desktop", help="在窗口中打开本站", epilog="示例：yimen desktop")
    serve.serve_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve and show a window; on a station that runs already, only the window."""
    around = desktop.this_machine(frame.note)
    signal.signal(signal.SIGTERM, serve.stop)
    try:
        server = serve.make_server(options)
    except FolderInUse:
        address = address_in_use(frame.data_folder(options))
        if address is None:
            raise
        return _only_window(address, around)
    server.start_in_thread()
    try:
        serve.tell_start(options, server)
        _, child = desktop.show(server.start_address, TITLE, around)
        if child is not None:
            desktop.wait_for(child)
            frame.note(f"窗口已关闭，本站仍在运行：{server.address}（按 Ctrl+C 停止）")
        server.wait()
    except (KeyboardInterrupt, SystemExit):
        server.stop()
        server.wait()
    return 0


def _only_window(address: str, around: desktop.Surroundings) -> int:
    """A window on a station that another process serves; how the window ends is no failure of that."""
    _, child = desktop.show(address, TITLE, around)
    if child is not None:
        desktop.wait_for(child)
    return 0
