"""Ordering: the form, what will be sent, and the draft."""
