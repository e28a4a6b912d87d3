"""Watching: the player, two films side by side, stills and posters."""
