"""The platform's operations: their routes, schemas and declarations."""
