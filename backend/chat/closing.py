"""Closing one's account."""

from . import accounts, rooms
from .models import User


def close_account(*, user: User, password: str) -> None:
    """Leave every room, then make the account anonymous and end its logins; messages stay.

    Raises `Invalid` when the password is not the account's.
    """
    accounts.check_own_password(user=user, password=password)
    rooms.leave_all(user=user)
    accounts.make_anonymous(user=user)
