"""Tests of artworks/texts/."""
