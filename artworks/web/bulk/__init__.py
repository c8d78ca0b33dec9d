"""HTTP for changes of many pictures at once."""
