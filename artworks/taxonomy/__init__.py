"""Categories and tags: their rows, changes of many pictures' fields, merges and their undo, names of before."""
