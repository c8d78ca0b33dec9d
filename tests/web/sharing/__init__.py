"""Tests of HTTP for sharing."""
