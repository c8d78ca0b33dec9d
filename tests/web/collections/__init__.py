"""Tests of HTTP for collections."""
