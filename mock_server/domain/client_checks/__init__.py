"""What a client does that the platform asks it not to: judged on the exchanges of a journal, on nothing else."""
