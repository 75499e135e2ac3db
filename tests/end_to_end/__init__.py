"""Whole runs of the real command line, with real files, real processes and a real model server."""
