"""Tests of the set `files`."""
