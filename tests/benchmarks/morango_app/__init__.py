"""The Django application of the Morango peer; it runs in the peers' interpreter only."""
