"""HTTP for accounts: authentication, permissions, sign-in, invitations, users, one's profile."""
