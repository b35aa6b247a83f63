"""Syslog over UDP (RFC 3164, 5426): one line a datagram, nobody answers."""

import time

LOCAL0_INFO, LOCAL0_WARNING = 134, 132


def send(lab, t, host, server, name, text, priority=LOCAL0_INFO, port=514):
    when = time.strftime("%b %d %H:%M:%S", time.gmtime(lab.start // 10**9 + int(t)))
    lab.udp(t, host, server, 514 if port == 514 else lab.port(host), port, f"<{priority}>{when} {name} {text}".encode())
