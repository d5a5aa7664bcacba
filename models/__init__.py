"""SQLAlchemy models: one table per file. Import `models.registry` to have all of them in the metadata."""
