"""The AI/ML API over HTTP: orders, reads, films."""
