"""NTP (RFC 5905): a client's request and the server's answer, with times that fit the capture's."""

import struct

SINCE_1900 = 2208988800
CLIENT_V4, SERVER_V4 = 0x23, 0x24
LAYOUT = struct.Struct("!BBBbII4sQQQQ")


def stamp(lab, t):
    nanoseconds = lab.start + round(t * 10**9)
    return (nanoseconds // 10**9 + SINCE_1900 << 32) | (nanoseconds % 10**9 << 32) // 10**9


def ask(lab, t, client, server, answered=True):
    """Returns the time of the answer, or of the question where there is none."""
    port, origin = lab.port(client), stamp(lab, t)
    lab.udp(t, client, server, port, 123, LAYOUT.pack(CLIENT_V4, 0, 6, -20, 0, 0, b"", 0, 0, 0, origin))
    if not answered:
        return t
    back = t + lab.wait(server)
    middle = stamp(lab, (t + back) / 2)
    lab.udp(back, server, client, 123, port,
            LAYOUT.pack(SERVER_V4, 1, 6, -20, 0, 24, b"GPS", middle - (30 << 32), origin, middle, middle))
    return back
