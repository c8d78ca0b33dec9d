"""The program: what it does by subject, the pages (web), the commands (cli), and what all of them use."""
