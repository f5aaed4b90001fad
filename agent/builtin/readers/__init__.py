"""What a section of a sentence wants of a picture: each reader knows one thing."""
