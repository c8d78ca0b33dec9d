"""Collections of pictures and the positions in them."""
