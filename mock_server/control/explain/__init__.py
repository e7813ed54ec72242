"""Which request, job or sale a figure comes from."""
