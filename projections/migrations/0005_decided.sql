-- The highest request whose fate is folded; none: not known yet.

ALTER TABLE checkpoints ADD COLUMN decided bigint;
