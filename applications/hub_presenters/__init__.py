"""What a hub’s pages show of an application, by noun."""
