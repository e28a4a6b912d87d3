"""The frame of the studio: its screen, header and status bar, feedback line, and what it says to the desktop."""
