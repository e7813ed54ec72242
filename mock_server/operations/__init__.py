"""One function per operationId: load, decide, write."""
