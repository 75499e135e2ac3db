"""Tests: a mirror of the source, and beside it properties, crash, end_to_end, servers and bench."""
