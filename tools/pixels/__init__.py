"""Pure functions on pixels: edges, colours, what lies behind."""
