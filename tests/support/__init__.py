"""What many tests share: rows, files, people, services, the program itself."""
