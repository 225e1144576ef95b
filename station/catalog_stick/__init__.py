"""The whole catalog on a stick: taken from one at a station, written to one where it is published."""
