"""Tests of HTTP for usage."""
