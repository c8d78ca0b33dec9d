"""HTTP for what AI costs."""
