"""The hall: what reviewers, publishers and those who look after the stations see."""
