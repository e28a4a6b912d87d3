"""What opens over the studio for a moment: questions, menus, help, the key, texts."""
