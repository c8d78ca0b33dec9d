"""Shared galleries: the link, and what a client sees."""
