"""Samples and blank forms at the publishing desk: uploaded, looked at, and laid where stations fetch them."""
