"""Random walks through a deployment, each step held against a small model of the platform."""
