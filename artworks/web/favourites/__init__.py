"""HTTP for what visitors of shared galleries choose."""
