"""FTP control (RFC 959, 2428, TLS RFC 4217): lines in clear, and the data port that the server names."""

from . import tcp
from .tcp import CLIENT, SERVER


class Control:
    """Commands on a control connection that is up."""

    def __init__(self, connection, greeting="220 testcase FTP server ready"):
        self.connection = connection
        connection.send(SERVER, greeting.encode() + b"\r\n")

    def command(self, line, *answers):
        self.connection.send(CLIENT, line.encode() + b"\r\n", acked=False)
        self.connection.received(CLIENT)
        for answer in answers:
            self.connection.send(SERVER, answer.encode() + b"\r\n")

    def login(self, user, password):
        self.command(f"USER {user}", "331 Password required")
        self.command(f"PASS {password}", "230 Logged in")

    def store(self, name, payload, port=50210):
        """Passive mode: the server names a port, the client opens it and sends the file."""
        lab, (client, server) = self.connection.lab, (side.host for side in self.connection.sides)
        numbers = ",".join([*server.v4.split("."), str(port >> 8), str(port & 255)])
        self.command("PASV", f"227 Entering Passive Mode ({numbers})")
        data = tcp.Connection(lab, client, server, port, self.connection.now + 0.001,
                              server_stack=self.connection.sides[SERVER].stack).open()
        self.connection.now = data.now + 0.001
        self.command(f"STOR {name}", "150 Ok to send data")
        data.now = self.connection.now + 0.001
        data.send(CLIENT, payload)
        data.close(CLIENT)
        self.connection.send(SERVER, b"226 Transfer complete\r\n", t=data.now + 0.002)

    def quit(self):
        self.command("QUIT", "221 Goodbye")
        self.connection.close(SERVER)
