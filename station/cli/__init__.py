"""The command `yimen`. Each topic is a module here that offers `add(subparsers)`.

Topics are named by the first word of their command and imported only when asked for, so that
`yimen serve` starts quickly; `yimen --help` imports them all.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from station.cli import frame

TOPICS: dict[str, str] = {
    "init": "init",
    "serve": "serve",
    "desktop": "desktop",
    "demo": "demo",
    "enrol-code": "enrolment",
    "enrol": "enrolment",
    "sync": "sync",
    "bundle": "bundle",
    "trust": "trust",
    "catalog": "catalog",
    "tuf-client": "tuf_client",
    "case": "case",
    "receipt": "receipt",
    "day-end": "day_end",
    "account": "account",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "backup",
    "hall": "hall",
    "keys": "keys",
}
"""First word of a command -> the module of this folder that adds it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0, 1 for a refusal or failed check, 2 for wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = make_parser(arguments)
    options = parser.parse_args(arguments)
    if options.version:
        return tell_version()
    run = getattr(options, "run", None)
    if run is None:
        parser.print_help(sys.stderr)
        return 2
    return frame.run_told(run, options)


def tell_version() -> int:
    """Print the version alone on one line."""
    from station.version import program_version  # noqa: PLC0415 - reading what is installed takes a while

    print(f"yimen {program_version()}")
    return 0


def make_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser with the one topic that `arguments` name, or with all of them for --help."""
    parser = argparse.ArgumentParser(
        prog="yimen", description="一门驿站：断网也能收件的便民服务站", epilog="示例：yimen demo"
    )
    parser.add_argument("--version", action="store_true", help="显示版本")
    subparsers = parser.add_subparsers(metavar="命令")
    asked = next((TOPICS[word] for word in arguments[:1] if word in TOPICS), None)
    for module in dict.fromkeys([asked] if asked else TOPICS.values()):
        if find_spec(f"station.cli.{module}") is not None:
            import_module(f"station.cli.{module}").add(subparsers)
    return parser
