"""Real servers for the tests, how to build them, and a model written by hand for them to run."""
