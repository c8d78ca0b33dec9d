"""Tests of HTTP for images."""
