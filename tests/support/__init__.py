"""What many tests share: rows, files, people, dependencies, the program itself."""
