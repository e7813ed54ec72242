"""Does the suite notice defects that nobody chose? The mock, mutated at random, against the contracts."""
