"""The program's own packages and modules."""
