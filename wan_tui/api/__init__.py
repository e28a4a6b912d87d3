"""The AI/ML API over HTTP: orders, readings, films."""
