"""The frame of the studio: its screen, header and status bar, toasts, and what it says to the desktop."""
