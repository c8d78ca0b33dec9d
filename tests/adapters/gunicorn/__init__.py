"""Tests of gunicorn."""
