"""The program as it runs: its real processes, looked at from outside, with peers that fail and files that go."""
