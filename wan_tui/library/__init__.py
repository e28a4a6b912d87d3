"""What is on disk: the history of all jobs, the films, and which process cares for which job."""
