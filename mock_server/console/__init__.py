"""The web console: a front end that shows what the platform does. `dist/` is its built bundle, which is served."""
