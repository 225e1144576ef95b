"""The hall's desk: cases that wait, one case with its papers, and the acts of a reviewer."""
