"""The jobs: list, details, and everything that can be done with them."""
