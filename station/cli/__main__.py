"""`python -m station.cli` is `yimen`."""

import sys

from station.cli import main

if __name__ == "__main__":
    sys.exit(main())
