"""One change for many pictures at once, and its undo."""
