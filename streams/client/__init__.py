"""What happens to a client, a customer record: created once, its email held by it alone (design §6)."""
