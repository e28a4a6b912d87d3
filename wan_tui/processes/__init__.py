"""Starting other processes, only here. Standard library only."""
