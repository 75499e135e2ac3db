"""The command line: a file per group of verbs, no logic of its own.  `main` is the way in."""
