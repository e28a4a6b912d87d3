"""The data on disk: history, leases and films."""
