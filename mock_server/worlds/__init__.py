"""The data that a workspace starts with: the sample world, and worlds from CSV files."""
