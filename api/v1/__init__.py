"""Version 1 of the API: thin routers, one per resource."""
