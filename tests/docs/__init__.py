"""The docs are true: every command and snippet of them is run, and what is generated from the code is up to date."""
