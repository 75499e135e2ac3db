"""Crash harnesses: the promises about faults, tried with real faults.  `python -m tests.crash` runs them."""
