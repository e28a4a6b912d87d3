"""The screen: Textual widgets and screens over the engine."""
