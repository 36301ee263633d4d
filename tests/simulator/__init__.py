"""An API simulator (moto) that the real terraform applies our scenarios to, and what it then describes."""
