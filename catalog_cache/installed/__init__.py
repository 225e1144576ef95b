"""The versions of the catalog on this PC, built for reading and swapped in one step."""
