"""The command line, and the one place that puts the parts together. The screen is imported last, if at all."""
