"""The HTTP rooms beside routes.py."""
