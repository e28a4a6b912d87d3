"""The domain model: parameters, requests, jobs, errors. Standard library only, no I/O."""
