"""HTTP for the artist's voice."""
