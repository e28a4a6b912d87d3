"""Make AI videos from the terminal: order, watch the jobs, keep every film."""

from __future__ import annotations

__version__ = "0.1.0"
