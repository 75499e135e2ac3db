"""Drivers: what performs commands and feeds events back.  They decide nothing about a run."""
