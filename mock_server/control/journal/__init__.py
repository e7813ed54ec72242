"""The journal of a workspace's requests: list, verification, HAR export and client checks."""
