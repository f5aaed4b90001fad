"""When words are the right answer, and the words."""
