"""Who may sign the catalog, with which keys, and what this PC believes of them (The Update Framework)."""
