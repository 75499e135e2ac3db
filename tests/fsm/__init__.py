"""Tests of the machine, one file per module."""
