"""What AI costs and how fast it is asked: budget, prices, rate limit, reports."""
