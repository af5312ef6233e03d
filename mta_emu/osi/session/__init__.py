"""Session layer, X.225 versions 1 and 2: start with `primitives`, then `table`."""
