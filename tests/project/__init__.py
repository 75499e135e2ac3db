"""The project's own laws: who may import whom, how files are written, what is packed, and that the README is true."""
