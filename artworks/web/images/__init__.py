"""HTTP for pictures: files, uploads, history, suggestions."""
