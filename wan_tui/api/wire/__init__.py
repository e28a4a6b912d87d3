"""The only place that knows the service's JSON field names. Readers accept any JSON and never raise."""
