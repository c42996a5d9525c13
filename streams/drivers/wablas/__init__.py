"""Wablas: WhatsApp accounts behind an HTTP interface (docs/drivers/wablas.md)."""
