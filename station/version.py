"""The version of this program as it was installed."""

from importlib.metadata import PackageNotFoundError, version

UNINSTALLED = "0.1.0"


def program_version() -> str:
    """Such as 0.1.0; of the source tree when nothing is installed."""
    try:
        return version("yimen-station")
    except PackageNotFoundError:
        return UNINSTALLED
