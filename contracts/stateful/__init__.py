"""The stateful test: random steps on a sandbox, each compared with a small reference model of the platform."""
