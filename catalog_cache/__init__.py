"""The signed, cached copy of what can be done here; it knows nothing of cases, mail or pages."""
