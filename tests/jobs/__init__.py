"""The queue: what is rung for is done, and a lost database is waited for."""
