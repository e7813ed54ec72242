"""HTTP for both APIs: handles a request from the socket to its operation, and the response back."""
