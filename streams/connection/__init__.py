"""What happens to people's connections, one live one a user, and to the hub's nodes, which hold them."""
