"""The read side: everything here derives from the log and may be dropped and rebuilt."""
