"""`delight top`: the whole system on one live screen, over the admin API only, so also that of a remote system."""
