"""The question tree of an item (情形), edited without a line of JSON."""
