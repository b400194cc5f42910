"""What the desk knows: articles, their sections, and the search among them."""
