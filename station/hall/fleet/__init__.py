"""The stations below this hall: when each was heard, what waits, and taking away its keys."""
