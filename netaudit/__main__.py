"""`python -m netaudit`."""

from netaudit.cli import run

run()
