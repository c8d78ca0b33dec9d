"""HTTP for what is done by keys: the command palette and the list of keys."""
