"""The day-end sheet: what came in, what was printed, where it is now; its difference is 0 or explained."""
