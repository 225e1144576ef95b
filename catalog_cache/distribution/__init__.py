"""The signed files on their way: published by a hall, carried by link, relay or stick, taken by a station."""
