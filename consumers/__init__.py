"""Consumers: one declaration per job type, the registry of them, and the process that runs them."""
