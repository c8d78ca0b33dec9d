"""HTTP for pictures that look alike."""
