"""Tests of HTTP for taxonomy."""
