"""A worker: partitions held by membership, each run by its owner, effects run by drivers; hosted by Faust."""
