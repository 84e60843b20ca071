"""The one error that is meant for the person at the keyboard."""


class UserError(Exception):
    """A mistake of the user: one clear line that says what is wrong, where, and what would be right."""
