"""Membership: what a person may do changes, by hand or by the organisation, and people leave."""
