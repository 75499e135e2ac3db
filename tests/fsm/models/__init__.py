"""Tests of the doors to model servers."""
