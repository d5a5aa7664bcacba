"""What tests share: a consumer with modes, a system to run it in, and waiting for conditions."""
