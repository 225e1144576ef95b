"""The case: its events and what they fold to, its numbers and clocks, and what each desk may do with it."""
