"""What a message is about, learnt from a desk's examples: a light classifier over embeddings."""
