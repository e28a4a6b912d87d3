"""Moving pictures: reading films, scaling them, and turning pictures into what a terminal shows."""
