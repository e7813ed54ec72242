"""Client checks use a journal to find where a client does not follow the platform's rules or advice."""
