"""What happens to a unique value: claims are decided in order by one owner, without a lock of any kind (design §6)."""
