"""Coverage-guided fuzzing of decoders and state machines: see `targets`, run `make fuzz`."""
