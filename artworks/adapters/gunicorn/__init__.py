"""The web server: gunicorn, with a worker whose threads wait for no slow client."""
