"""HTTP of what is done by keys."""
