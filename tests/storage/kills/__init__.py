"""Kills servers and databases while clients write, and checks that nothing acknowledged was lost."""
