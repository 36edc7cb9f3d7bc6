"""Photos and galleries as things: deleted, had back, moved, and what nobody needs cleared away."""
