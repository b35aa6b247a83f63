"""The server is reached and the set-up dies: in TCP, at the ClientHello, in TLS."""

from lib import tls
from lib.tcp import CLIENT, SERVER
from . import scenario
from .common import MTALK, connection, installations, join, resolve

BLOCKS = ("port-blocked-silently", "port-rejected", "peer-unreachable", "service-refused", "dns-failure",
          "dns-rewritten")
RTO = (0.25, 0.75, 1.75, 3.75)


def attempts(lab, fail, pause=45):
    """Two attempts on tcp/5228 that fail the same way; between them another name works."""
    t = resolve(lab, join(lab), MTALK) + 0.003
    fail(t)
    installations(lab, t + pause - 5)
    fail(t + pause)


@scenario(never=BLOCKS, outcomes=("handshake-stuck", "ok", "handshake-stuck"))
def handshake_stuck(lab):
    """The server repeats its SYN-ACK although the phone has acknowledged it, and the phone's data is never taken: what
    the phone sends does not arrive."""
    def fail(t):
        conn = connection(lab, MTALK, 5228, t).open()
        tls.hello(conn, MTALK.name)
        sent = conn.now
        for hello, syn_ack in ((0.25, None), (0.75, 1.02), (1.75, None), (None, 3.05), (3.75, None), (None, 7.1)):
            if hello:
                conn.repeat(CLIENT, sent + hello)
            if syn_ack:
                conn.syn_ack(t + syn_ack)
                conn.ack(CLIENT)
        conn.fin(CLIENT, t + 20)
    attempts(lab, fail)


@scenario(never=BLOCKS, outcomes=("hello-dropped", "ok", "hello-dropped"))
def hello_dropped(lab):
    """The TCP handshake succeeds, the ClientHello that names mtalk is repeated four times and never acknowledged; other
    names pass."""
    def fail(t):
        conn = connection(lab, MTALK, 5228, t).open()
        tls.hello(conn, MTALK.name)
        conn.repeat(CLIENT, *(conn.now + at for at in RTO))
        conn.fin(CLIENT, t + 20)
    attempts(lab, fail)


@scenario(never=BLOCKS, outcomes=("hello-reset", "ok", "hello-reset"))
def hello_reset(lab):
    """A reset with TTL 64 follows the ClientHello that names mtalk within a millisecond; other names pass."""
    def fail(t):
        conn = connection(lab, MTALK, 5228, t).open()
        tls.hello(conn, MTALK.name)
        conn.reset(SERVER, conn.now + 0.0008, 64, forged=True)
    attempts(lab, fail)


@scenario(never=BLOCKS, outcomes=("hello-ignored", "ok", "hello-ignored"))
def hello_ignored(lab):
    """The ClientHello is acknowledged and nothing follows for ten seconds, until the phone closes."""
    def fail(t):
        conn = connection(lab, MTALK, 5228, t).open()
        tls.hello(conn, MTALK.name)
        conn.received(CLIENT)
        conn.ack(SERVER)
        conn.close(CLIENT, t + 10)
    attempts(lab, fail)


@scenario(never=BLOCKS, outcomes=("tls-alert", "ok", "tls-alert"))
def tls_alert(lab):
    """The ClientHello is answered by a fatal alert in clear, handshake_failure (40), and a close."""
    def fail(t):
        conn = connection(lab, MTALK, 5228, t).open()
        tls.hello(conn, MTALK.name)
        conn.received(CLIENT)
        conn.send(SERVER, tls.alert(tls.HANDSHAKE_FAILURE), acked=False)
        conn.received(SERVER)
        conn.close(SERVER, conn.now + 0.0001)
    attempts(lab, fail)
