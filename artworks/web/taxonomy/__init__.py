"""HTTP for categories and tags."""
