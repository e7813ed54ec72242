"""Client checks: what a client does against the platform's rules or advice, decided from a journal's exchanges."""
