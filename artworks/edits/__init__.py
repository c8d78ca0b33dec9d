"""What every change of a picture's fields follows: who wrote them, approval, one statement for many pictures."""
