"""What the agent can do with pictures: one file for each tool, and what the tools share."""
