"""The only place that knows the service's field names. Reading is tolerant: any JSON is taken, none raises."""
