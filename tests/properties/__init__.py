"""Promises about the whole machine, checked over many runs."""
