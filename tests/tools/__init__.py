"""Tests of what a call can name."""
