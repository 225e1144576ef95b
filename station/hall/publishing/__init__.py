"""The publishing desk of a county: draft, lint, review by a second person, signature, history."""
