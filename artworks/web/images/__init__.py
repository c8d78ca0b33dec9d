"""HTTP for pictures: one picture, files, uploads, history, suggestions."""
