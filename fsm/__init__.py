"""The machine: the pure core at the top; around it planners, models, drivers and the command line."""
