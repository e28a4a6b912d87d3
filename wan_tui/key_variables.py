"""The environment variables that may hold the API key.

They stand above all rooms: the settings read them, and ``processes``, which knows none of the other rooms, keeps
them from whatever is started. One that is read and not kept back would be handed to every program.
"""

from __future__ import annotations

KEY_VARIABLES = ("AIMLAPI_API_KEY", "AIML_API_KEY", "AIMLAPI_KEY")
"""The first one that is set counts."""
