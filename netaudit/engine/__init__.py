"""From a network to reachability: a literal judge of single flows, and a solver for all pairs held equal to it."""
