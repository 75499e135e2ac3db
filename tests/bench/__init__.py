"""Benchmarks: ratios against a raw-SQLite floor measured in the same run.  `python -m tests.bench` prints them."""
