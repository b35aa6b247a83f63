"""HTTP/1.1 in clear (RFC 9110, 9112): requests and responses, to a server or through a proxy (CONNECT, 9110 9.3.6)."""

import base64

from .tcp import CLIENT, SERVER

REASONS = {200: "OK", 204: "No Content", 302: "Found", 403: "Forbidden", 404: "Not Found",
           407: "Proxy Authentication Required", 502: "Bad Gateway"}
AGENT = "Dalvik/2.1.0 (Linux; U; Android 8.1.0; Versity 9640)"


def head(first, fields):
    lines = [first, *(f"{name}: {value}" for name, value in fields.items() if value is not None)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def request(host, target="/", method="GET", agent=AGENT, body=b"", **fields):
    """Further fields by name, with _ for -."""
    said = {name.replace("_", "-"): value for name, value in fields.items()}
    length = len(body) if body else None
    first = f"{method} {target} HTTP/1.1"
    return head(first, {"User-Agent": agent, "Host": host, "Content-Length": length, **said}) + body


def response(status, body=b"", kind="text/html", reason=None, **fields):
    said = {name.replace("_", "-"): value for name, value in fields.items()}
    sized = {} if status == 204 else {"Content-Type": kind if body else None, "Content-Length": len(body)}
    return head(f"HTTP/1.1 {status} {reason or REASONS[status]}", {**sized, **said}) + body


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def say(connection, asked, answered):
    """One request and its response; the response acknowledges the request."""
    connection.send(CLIENT, asked, acked=False)
    connection.received(CLIENT)
    if answered:
        connection.send(SERVER, answered)
    return connection


def get(connection, host, target="/", status=200, body=b"", agent=AGENT, close=True, **answer):
    """A connection of its own for one GET."""
    say(connection.open(), request(host, target, agent=agent), response(status, body, **answer))
    if close:
        connection.close(CLIENT, connection.now + 0.05)
    return connection


def connect(connection, target, status=200, agent="Java/1.8.0", credentials=None, **answer):
    """A CONNECT for host:port on a connection that is up; a 2xx has neither body nor length."""
    asked = request(target, target, "CONNECT", agent, Proxy_Authorization=credentials)
    answered = b"HTTP/1.1 200 Connection established\r\n\r\n" if status == 200 else response(status, **answer)
    return say(connection, asked, answered)
