"""Tests of HTTP for library."""
