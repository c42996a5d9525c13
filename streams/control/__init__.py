"""What happens to what is controlled: API keys, made once and revoked for ever."""
