"""Finding what somebody came for, and the guide to it: the first page of the counter."""
