"""Tests of what all pages and calls share."""
