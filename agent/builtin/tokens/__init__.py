"""A sentence to tokens: one way of writing, phrases looked up in tables, what they mean beside each other."""
