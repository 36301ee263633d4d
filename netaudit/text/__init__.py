"""YAML and JSON as plain values with a line for every part, bounded against hostile text."""
