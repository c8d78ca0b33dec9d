"""HTTP for accounts: authentication, sign-in, invitations, users, one's profile."""
