"""The commands of `delight`, one concern per module; each module's `register(app)` adds its commands."""
