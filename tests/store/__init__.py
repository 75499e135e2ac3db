"""Tests of the store, one file per module: real SQLite files, real processes, real signals."""
