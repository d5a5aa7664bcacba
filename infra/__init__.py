"""Everything that touches the world outside the process: settings, logs, servers, metrics."""
