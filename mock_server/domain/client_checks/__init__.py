"""Client checks: what a client does against the platform's rules or advice, judged by the journal's exchanges alone."""
