"""Tests of the values of the machine, one file per module."""
