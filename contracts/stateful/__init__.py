"""The stateful test: random steps on a sandbox. After each, the state is compared with a reference model."""
