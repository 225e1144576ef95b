"""`yimen serve`: the node, until it is stopped."""

import argparse
import signal
import sys
from typing import Any

from station import audit
from station.accounts.roles import Role, spoken
from station.accounts.service import authenticate
from station.cli import frame
from station.errors import NotAllowed
from station.server import Server
from station.unattended import write_key_file


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("serve", help="运行本站，直到停止", epilog="示例：yimen serve --port 8300")
    serve_options(parser)
    parser.set_defaults(run=run)


def serve_options(parser: argparse.ArgumentParser) -> None:
    """The options that `desktop` shares."""
    frame.data_options(parser, is_private=True)
    parser.add_argument("--host", help="监听地址（默认只在本机 127.0.0.1）")
    parser.add_argument("--port", type=int, help="端口（默认 8300）")
    parser.add_argument("--name", action="append", metavar="主机名", help="浏览器可以使用的主机名，可重复")
    parser.add_argument("--unattended", action="store_true", default=None, help="用钥匙文件自动打开数据")
    parser.add_argument("--demo", action="store_true", default=None, help=argparse.SUPPRESS)


def make_server(options: argparse.Namespace) -> Server:
    """The server the options describe, listening, and unlocked when unattended."""
    settings = frame.settings_of(
        options,
        host=options.host,
        port=options.port,
        names=tuple(options.name) if options.name else None,
        is_unattended=options.unattended,
        is_demo=options.demo,
    )
    server = Server(settings, frame.note)
    if settings.is_unattended:
        if options.account is not None:
            leave_key(options, server)
        server.unlock_unattended()
    return server


def tell_start(options: argparse.Namespace, server: Server) -> None:
    """Where the node can be found, for a script that asked with --json."""
    document = {"address": server.address, "start_address": server.start_address}
    frame.tell(options, document | {"dir": str(server.installation.settings.data_folder)}, [])
    sys.stdout.flush()


def leave_key(options: argparse.Namespace, server: Server) -> None:
    """From now on this node opens without a person: its key is left in a file, on an administrator's word."""
    now = server.installation.clock.now()
    password = frame.read_password(options)
    node, person = authenticate(server.installation, options.account, password, now=now)
    if Role.ADMIN not in person.roles:
        raise NotAllowed(spoken((Role.ADMIN,)))
    path = write_key_file(server.installation.settings.data_folder, node.node_key)
    with node.using():
        audit.record(person.name, "vault.key_file_written", path.name, now=now)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM, SIGINT or Ctrl-C."""
    server = make_server(options)
    signal.signal(signal.SIGTERM, stop)
    server.welcome()
    tell_start(options, server)
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        frame.note("本站已停止。")
    return 0


def stop(number: int, stack: object) -> None:
    """A signal handler that ends the command in order."""
    raise SystemExit(0)
