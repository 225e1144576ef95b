"""First start: a new data folder becomes a node, from the browser of this very machine."""
