"""What the program talks about: parameters, requests, jobs, errors. Standard library only, no I/O."""
