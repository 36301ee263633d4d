"""netaudit: which traffic can get from here to there, and why, answered from code."""

__version__ = "0.1.0"
