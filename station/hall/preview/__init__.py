"""The draft, or any version, as a chosen station will see it, before anybody does."""
