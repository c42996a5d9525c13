"""What others would do the same work with: each in a folder, with a build, of its own."""
