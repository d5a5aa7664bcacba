"""Faults under load, and proof that nothing was lost, done twice, or taken out of order."""
