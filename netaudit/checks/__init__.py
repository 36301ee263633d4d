"""Invariants: what must hold of a network, and whether it does."""
