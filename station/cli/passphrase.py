"""The passphrase of a signing key: from a file or a prompt, kept nowhere."""

import argparse
import getpass
import sys
from pathlib import Path

from catalog_cache.errors import KeyRefused
from station.cli import frame


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """The option from which `read_passphrase` reads."""
    parser.add_argument("--passphrase-file", metavar="文件", help="签名密钥的口令所在的文件（第一行）")


def read_passphrase(options: argparse.Namespace, prompt: str = "签名密钥的口令：") -> str:
    """The first line of --passphrase-file, or what is typed. Raises KeyRefused."""
    if options.passphrase_file:
        return frame.password_from(Path(options.passphrase_file))
    if not sys.stdin.isatty():
        raise KeyRefused("没有给出口令。", "没有终端时请用 --passphrase-file 给出口令文件。")
    return getpass.getpass(prompt)


def read_second_passphrase(options: argparse.Namespace, level: str) -> str:
    """What the city's second keeper types; "" where there is none, or one file opens both keys."""
    if level != "city" or options.passphrase_file:
        return ""
    return read_passphrase(options, "第二把市级密钥的口令：")
