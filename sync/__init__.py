"""Signed store-and-forward mail between nodes; it carries opaque payloads and knows nothing of cases."""
