"""The AI service: requests, answers, prices, connections; used through gpt_service.py alone."""
