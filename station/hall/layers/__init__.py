"""The pages on which a county sees what it takes up from the city's catalog, and what does not fit."""
