"""The one place that starts other processes; whoever needs one asks here. Standard library only."""
