"""Dialogs over the studio: questions, menus, help, API key, texts."""
