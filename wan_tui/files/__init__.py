"""Opening and reading files that may be anything. Standard library only, so that every room can use it."""
