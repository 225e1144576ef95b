"""The hall's inbox of reports that a guide is wrong: read, decided, closed by the version that mends it."""
