"""The signed holiday table, working days, and the dates on which legal limits end."""
