"""Tests of the local driver and the Python face: real store, real tools, a scripted model."""
