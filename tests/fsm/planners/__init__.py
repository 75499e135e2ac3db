"""Tests of what decides: model planners and workflows."""
