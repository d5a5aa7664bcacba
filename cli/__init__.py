"""The `delight` command: what a person types, and what starts every process of the platform."""
