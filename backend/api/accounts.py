"""Registration, logins and the caller's own account."""

from datetime import UTC, datetime

from backend.chat import accounts, closing, limits, sessions, text, tickets
from backend.contract import answers, requests, shapes, tokens

from .base import OpenView, View, endpoint
from .bodies import ARRIVED_AT


class Register(OpenView):
    @endpoint(body=requests.Registration, answers={201: shapes.User})
    def post(self, body: requests.Registration) -> shapes.User:
        """Make an account."""
        limits.REGISTRATIONS.check(self.address)
        return shapes.User.of(
            accounts.register(
                username=body.username,
                password=body.password,
                email=body.email,
                display_name=body.display_name,
            )
        )


class ObtainToken(OpenView):
    @endpoint(body=requests.Credentials, answers={200: answers.TokenPair})
    def post(self, body: requests.Credentials) -> answers.TokenPair:
        """Log in."""
        limits.LOGINS_PER_ADDRESS.check(self.address)
        limits.LOGINS_PER_NAME.check(text.key(body.username))
        return tokens.issue(user=accounts.log_in(username=body.username, password=body.password))


class RefreshToken(OpenView):
    @endpoint(body=requests.Refresh, answers={200: answers.TokenPair})
    def post(self, body: requests.Refresh) -> answers.TokenPair:
        """Rotate: the given refresh token is dead afterwards."""
        return tokens.rotate(refresh=body.refresh, begun=self.scope.get(ARRIVED_AT))


class VerifyToken(OpenView):
    @endpoint(body=requests.Token, answers={200: requests.Nothing})
    def post(self, body: requests.Token) -> requests.Nothing:
        """Ask whether a token, access or refresh, still counts."""
        tokens.verify(body.token)
        return requests.Nothing()


class LogOut(OpenView):
    @endpoint(body=requests.Refresh, answers={204: None})
    def post(self, body: requests.Refresh) -> None:
        """End the session of this refresh token, its sockets too."""
        tokens.log_out(refresh=body.refresh)


class LogOutAll(View):
    @endpoint(answers={204: None})
    def post(self) -> None:
        """End every session of the caller, sockets too."""
        sessions.end_all(user=self.user)


class ChangePassword(View):
    @endpoint(body=requests.PasswordChange, answers={200: answers.TokenPair})
    def post(self, body: requests.PasswordChange) -> answers.TokenPair:
        """Change the password; every other session ends, the caller's goes on with the new pair."""
        limits.LOGINS_PER_NAME.check(self.user.username_key)
        return tokens.change_password(
            login=self.login, old=body.old_password, new=body.new_password
        )


class IssueTicket(View):
    @endpoint(answers={201: answers.Ticket}, limit=limits.TICKETS)
    def post(self) -> answers.Ticket:
        """A one-use ticket for the socket's address."""
        ticket = tickets.issue(
            sid=self.login.sid,
            login_expires_at=datetime.fromtimestamp(self.login.expires_at, tz=UTC),
        )
        return answers.Ticket(ticket, int(tickets.LIFETIME.total_seconds()))


class Me(View):
    @endpoint(answers={200: shapes.Me})
    def get(self) -> shapes.Me:
        """The caller's own account."""
        return shapes.Me.of(self.user)

    @endpoint(body=requests.MeChange, answers={200: shapes.Me})
    def patch(self, body: requests.MeChange) -> shapes.Me:
        """Change the caller's display name or e-mail address."""
        return shapes.Me.of(
            accounts.change(user=self.user, display_name=body.display_name, email=body.email)
        )

    @endpoint(body=requests.Password, answers={204: None})
    def delete(self, body: requests.Password) -> None:
        """Close the account: anonymous, without logins; what was said stays."""
        limits.LOGINS_PER_NAME.check(self.user.username_key)
        closing.close_account(user=self.user, password=body.password)
