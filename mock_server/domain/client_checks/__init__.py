"""Client checks find, in a journal, where a client does not follow the platform's rules or advice."""
