"""What stands over or instead of the studio."""
