"""The platform's gotchas as scenarios: data, one player, and what plays them."""
