"""Protocols whose formats are not public: only who talks to whom, when, and bytes that mean nothing.

HMC discovery and console link, URSF, CAM discovery and session, RoamServer, SAM trigger. Nothing may be read into the
bytes: they are noise, and every size is one of ours.
"""

from .net import Host
from .tcp import CLIENT, SERVER
from .wire import BROADCAST


def everybody(network):
    """The subnet's broadcast address as a destination."""
    return Host("everybody", network, BROADCAST)


def datagram(lab, t, src, dst, sport, dport, size=64):
    lab.udp(t, src, dst, sport, dport, lab.bytes(size))
    return t


def talk(connection, *sizes, first=CLIENT):
    """On a connection that is up: turns of so many bytes, each acknowledged by the next."""
    who = first
    for size in sizes:
        connection.send(who, connection.lab.bytes(size))
        who = SERVER if who == CLIENT else CLIENT
    return connection
