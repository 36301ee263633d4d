"""Answers as text and as JSON: one file per format, pure functions from an answer to a string."""
