"""What a test may do to the mock and nobody to the platform."""
