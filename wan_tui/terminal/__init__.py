"""The terminal and desktop around us: what they can do, clipboard, opening, notices."""
