"""The worlds a workspace can start from: the sample, drawn from a seed, and a folder of CSV files."""
