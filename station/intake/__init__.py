"""The six steps at the counter, from a basket to a printed receipt; a draft is kept at every step."""
