"""The features, on a real database and without Flask."""
