"""Files of items on their way into the catalog draft: read, compared, taken or dropped."""
