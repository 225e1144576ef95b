"""The life of a version: its history, what differs between two, taking one back, and what a day brings."""
