"""What hangs on something that goes: on a person's rights, a collection, a category, tags; and how that comes back."""
