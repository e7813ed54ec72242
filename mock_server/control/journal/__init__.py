"""What clients sent, as a list, a verification, a HAR document and client checks."""
