"""A Safe Transaction Service on this machine, as far as the ledger talks to one: the API of the service's version 6.

It keeps what it is given, and knows the owners of keys.py only. It does not look whether a transaction has the hash that
it comes with: the ledger does.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from keys import signer

DATE = "2026-10-05T12:00:00.123456Z"
# What a transaction has that was not executed.
WAITING = {
    "executionDate": None, "submissionDate": DATE, "modified": DATE, "blockNumber": None, "transactionHash": None,
    "proposedByDelegate": None, "executor": None, "isExecuted": False, "isSuccessful": None, "ethGasPrice": None,
    "maxFeePerGas": None, "maxPriorityFeePerGas": None, "gasUsed": None, "fee": None, "payment": None,
    "dataDecoded": None, "confirmationsRequired": 2, "trusted": True, "signatures": None,
}


class Refused(Exception):
    """The service answers with this status and body."""


class Service:
    """A service on a free port."""

    def __init__(self):
        self._held, self._lock = {}, threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._answer(None)

            def do_POST(self):
                self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

            def _answer(self, body):
                try:
                    status, said = service.answer(self.command, self.path, body)
                except Refused as refused:
                    status, said = refused.args
                text = b"" if said is None else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def setting(self):
        """What makes a server share batches here."""
        return {"BOUNTY_LEDGER_SAFE_SERVICE_URL": f"http://127.0.0.1:{self._server.server_port}"}

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method, path, body):
        """The status of an answer, and its JSON."""
        with self._lock:
            if found := re.fullmatch(r"/v2/multisig-transactions/(0x[0-9a-f]{64})/", path):
                if method == "GET":
                    return 200, self._one(found[1])
            elif method == "POST" and re.fullmatch(r"/v2/safes/0x[0-9a-fA-F]{40}/multisig-transactions/", path):
                return self._propose(body)
            elif found := re.fullmatch(r"/v1/multisig-transactions/(0x[0-9a-f]{64})/confirmations/", path):
                if method == "POST":
                    self.confirm(found[1], body["signature"])
                    return 201, {"signature": body["signature"]}
            raise Refused(404, {"message": "no route"})

    def _one(self, hashed):
        if hashed not in self._held:
            raise Refused(404, {"detail": "No MultisigTransaction matches the given query."})
        return self._held[hashed]

    def _propose(self, body):
        hashed, sender, signature = (body.pop(name) for name in ("contractTransactionHash", "sender", "signature"))
        if signer(signature, hashed) != sender:
            raise Refused(422, {"nonFieldErrors": [f"Signature does not match sender={sender}"]})
        new = WAITING | body | {"safeTxHash": hashed, "proposer": sender, "confirmations": []}
        self._held.setdefault(hashed, new)
        self.confirm(hashed, signature)
        return 201, None

    def confirm(self, hashed, signature):
        """Keeps an owner's signature, which is how an owner signs at the service."""
        confirmations, owner = self._one(hashed)["confirmations"], signer(signature, hashed)
        if owner is None:
            raise Refused(400, {"signature": ["Signer is not an owner"]})
        if all(known["owner"] != owner for known in confirmations):
            confirmations.append({
                "owner": owner, "submissionDate": DATE, "transactionHash": None, "signature": signature,
                "signatureType": "EOA",
            })
