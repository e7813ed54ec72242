"""Rules that break answers and jobs on purpose."""
