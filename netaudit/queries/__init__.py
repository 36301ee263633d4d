"""Questions to a network, each a function from a solved network to a frozen answer."""
