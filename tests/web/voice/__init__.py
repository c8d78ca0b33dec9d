"""Tests of HTTP for voice."""
