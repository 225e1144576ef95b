"""收发: what waits for the hall and what came from it, by link or by stick, with the proof of custody."""
