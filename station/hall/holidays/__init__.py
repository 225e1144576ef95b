"""The holiday notices a county enters, reviewed and signed beside its catalog."""
