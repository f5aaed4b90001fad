"""Which of the pictures a sentence speaks of, and what is known of them."""
