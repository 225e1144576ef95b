"""What people see and do: the counter, the hall, the paper, and the command `yimen`."""
