"""Workarounds for Textual: each file names the private thing it touches, why, and the upstream issue or "none"."""
