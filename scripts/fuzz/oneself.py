"""People who try out what one does about one's own sign-in, so that nobody else loses theirs by it."""

from itertools import count

from keys import Wallet
from world import PASSWORD, Refused, Session, code_of, moment


class Oneself:
    """An account that may be ruined: the next one takes its place."""

    def __init__(self, api, name):
        self._api, self._name, self._numbers = api, name, count(1)
        self._session = None

    @property
    def token(self):
        return self._session.token

    def _call(self, method, path, body=None):
        return self._api.call(method, path, body, self.token)[0]

    def _begin(self):
        """A new account, signed in just now."""
        self._handle = f"oneself-{self._name}-{next(self._numbers)}"
        self._api.call("POST", "/auth/register", {"handle": self._handle, "password": PASSWORD})
        self._session = Session.begin(self._api, self._handle)

    def ready(self):
        """Makes sure that its session goes on."""
        try:
            self._call("GET", "/me")
        except (AttributeError, Refused):
            self._begin()

    def _link(self):
        wallet = self.wallet()
        self._call("POST", "/me/wallets", self._linking(wallet))
        return wallet

    def wallet(self):
        """One that nobody has linked."""
        return Wallet(f"{self._name} {next(self._numbers)}")

    def _linking(self, wallet):
        asked = self._call("POST", "/me/wallet-messages", {"address": wallet.address})
        return wallet.signed(asked["message"])

    def entering(self, wallet):
        """What a wallet signs to sign in."""
        asked = self._api.call("POST", "/auth/siwe/nonce", {"address": wallet.address})[0]
        return wallet.signed(asked["message"])

    def _begin_factor(self):
        self._begin()
        return self._session.post("/me/second-factor", {})["secret"]

    def prepare(self, operation):
        """Brings it to where an operation is granted; gives the body, and what the path names."""
        self.ready()
        if operation == "prove":
            return {"password": PASSWORD, "code": None}, None
        if operation == "change_password":
            return {"password": PASSWORD, "code": None, "new_password": PASSWORD}, None
        if operation == "begin_second_factor":
            self._begin()
        if operation == "confirm_second_factor":
            return {"code": code_of(self._begin_factor())}, None
        if operation == "remove_second_factor":
            secret = self._begin_factor()
            self._call("POST", "/me/second-factor/confirm", {"code": code_of(secret)})
        if operation == "make_token":
            self._begin()
            return {"name": "A script", "scopes": ["read"], "expires_at": moment(30)}, None
        if operation == "end_token":
            self._begin()
            made = self._call("POST", "/me/tokens", {"name": "A script", "scopes": ["read"], "expires_at": moment(30)})
            return None, {"token": made["token"]}
        if operation == "end_session":
            Session.begin(self._api, self._handle)
            others = [row for row in self._call("GET", "/me/sessions")["items"] if not row["current"]]
            return None, {"session": others[0]["session"]}
        if operation == "siwe_prove":
            self._begin()
            return self.entering(self._link()), None
        if operation == "link_wallet":
            self._begin()
            return self._linking(self.wallet()), None
        if operation == "unlink_wallet":
            self._begin()
            return None, {"address": self._link().address}
        return None, None


# What changes how somebody signs in.
OPERATIONS = [
    "prove", "change_password", "begin_second_factor", "confirm_second_factor", "remove_second_factor", "make_token",
    "end_token", "end_session", "end_sessions", "siwe_prove", "wallet_message", "link_wallet", "unlink_wallet",
]
