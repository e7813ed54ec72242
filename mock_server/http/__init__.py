"""HTTP for both APIs: the way of a request, from the socket to its operation and back."""
