"""Coverage-guided fuzzing: targets that take bytes, a small corpus, and a run of some seconds in CI."""
