"""HTTP for shared galleries."""
