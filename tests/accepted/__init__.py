"""The check of all requests: it refuses each kind of wrong one."""
