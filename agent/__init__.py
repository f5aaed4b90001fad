"""The conversation: what was said, proposed, decided and done. Knows no page and no pixels."""
