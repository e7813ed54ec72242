"""The platform's operations, one function each: load records, let the domain decide, then write."""
