"""The demonstration: three people, from a goal to a completed mission, through the real system."""
