"""The parts of the studio."""
