"""The JSON and query formats of the platform's operations: parsing requests, building responses."""
