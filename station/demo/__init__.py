"""A small county on loopback, to look at and to be checked without a person."""
