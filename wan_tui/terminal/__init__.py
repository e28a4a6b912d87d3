"""The terminal and desktop: capabilities, clipboard, opening, notices, input."""
