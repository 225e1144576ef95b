"""`yimen doctor`: is this node well, and what to do where it is not."""

import argparse
import os
import sys
from dataclasses import asdict
from typing import Any

from station.checkup import Finding, Level, look_over
from station.cli import frame
from station.unattended import find_key

SIGNS = {Level.OK: "正常", Level.WARNING: "注意", Level.ERROR: "错误"}


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("doctor", help="检查本站", epilog="示例：yimen doctor --json")
    frame.data_options(parser, is_private=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look everything over; exit 1 when something is wrong (warnings alone are 0)."""
    findings = _findings(options)
    lines = [
        f"[{SIGNS[one.level]}] {' → '.join(filter(None, (one.what, one.next_step)))}" for one in findings
    ]
    is_well = not any(one.level is Level.ERROR for one in findings)
    frame.tell(options, {"is_well": is_well, "findings": [asdict(one) for one in findings]}, lines)
    return 0 if is_well else 1


def _findings(options: argparse.Namespace) -> list[Finding]:
    """With the data opened where a key or a person is at hand."""
    installation = frame.installation_of(options)
    has_key = find_key(installation.settings.data_folder, os.environ) is not None
    if options.account is None and not has_key and not sys.stdin.isatty():
        return look_over(installation, None, installation.clock.now())
    with frame.open_node(options) as node:
        return look_over(node.installation, node, node.clock.now())
