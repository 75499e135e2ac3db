"""Tests of the command line: as real processes where behaviour is promised, in process where words are."""
