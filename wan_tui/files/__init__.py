"""Opening, reading and writing files, and why that failed. Standard library only, so that every room can use it."""
