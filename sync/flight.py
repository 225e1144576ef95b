"""A backlog of letters on its way to the hall, several parcels under way at once.

The link never waits for an answer, and a cut costs the one parcel that was being sent: the others
have arrived whole, or have not left. The hall keeps one that arrives ahead of its predecessor.
"""

import time
from collections.abc import Callable, Mapping

from sync.exchange import Extras, Given, give
from sync.lanes import Lanes
from sync.limits import PARCEL_BYTES_START
from sync.line import Line
from sync.mailbox import Mailbox
from sync.pace import next_parcel_bytes, window
from sync.transport import Answer, Transport

EXCHANGE_PATH = "/sync/v1/exchange"
PARCEL_HEADERS = {"Content-Type": "application/vnd.yimen.parcel"}


class Flight:
    """Flies again and again, and learns from flight to flight how large a parcel should be."""

    def __init__(self, box: Mailbox, hall_id: str, line: Line, opens: Callable[[], Transport] | None) -> None:
        """opens: makes a further connection to the hall; None for one parcel at a time."""
        self._box, self._hall_id, self._line, self._opens = box, hall_id, line, opens
        self.parcel_bytes = PARCEL_BYTES_START

    def fly(
        self,
        round_trip_seconds: float,
        leaves: Callable[[Given], None],
        lands: Callable[[Given, Answer], bool],
    ) -> bool:
        """Send what the hall lacks; False when the link broke or the hall refused.

        leaves: told of each parcel before it is sent. lands: takes an answer in; False ends the flight.
        """
        reached: Mapping[str, int] = {}
        more = is_up = True
        width, landed_at = 2, time.monotonic()
        with Lanes[Given](self._line, self._opens) as lanes:
            while lanes.under_way or more:
                while more and lanes.under_way < min(width, lanes.width):
                    given = self._give(reached)
                    reached, more = given.after, given.more
                    if given.letter_ids:
                        leaves(given)
                        lanes.send(given, "POST", EXCHANGE_PATH, PARCEL_HEADERS, given.data)
                if lanes.under_way:
                    was_up, is_up = is_up, lands(*lanes.next()) and is_up
                    spacing, landed_at = time.monotonic() - landed_at, time.monotonic()
                    width = window(round_trip_seconds, spacing)
                    if was_up:  # of several that are lost with one cut, one counts
                        self.parcel_bytes = next_parcel_bytes(self.parcel_bytes, spacing, is_up)
                more = more and is_up
        return is_up

    def _give(self, reached: Mapping[str, int]) -> Given:
        brief = Extras(is_brief=True)
        return give(self._box, self._hall_id, None, reached, brief, self.parcel_bytes)
