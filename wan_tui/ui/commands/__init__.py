"""Actions and their keys: keymap, palette and key footer."""
