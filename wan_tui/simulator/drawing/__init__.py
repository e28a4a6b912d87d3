"""Draws the films: a small animated sky, and crisp layers that FFmpeg moves over it.

`python -m wan_tui.simulator.drawing OUT.mp4` reads a recipe from stdin and draws its film.
"""
