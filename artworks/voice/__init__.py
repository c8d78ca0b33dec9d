"""The artist's voice: settings, rules, and how texts are matched with them."""
