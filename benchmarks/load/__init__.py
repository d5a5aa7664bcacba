"""Load on the edge, each kind in a process of its own so that it does not share an event loop with what it measures."""
