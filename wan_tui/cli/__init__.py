"""The command line, and the composition root (``bootstrap``). Imports the screen last, if at all."""
