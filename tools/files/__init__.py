"""Files in and out: what they are, how they are decoded and encoded, and how they land on disk whole."""
