"""Pictures: one neutral model of what is shown (`Picture`), and one file for each way of showing it."""
