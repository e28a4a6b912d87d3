"""The environment variables that may hold the API key.

Shared by all rooms: the settings read them, and ``processes`` removes them from the environment of child processes.
"""

from __future__ import annotations

KEY_VARIABLES = ("AIMLAPI_API_KEY", "AIML_API_KEY", "AIMLAPI_KEY")
"""In order of priority."""
