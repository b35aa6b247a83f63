"""One function a capture. Its docstring and its decorator become the capture's line in INDEX.md."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Scenario:
    name: str
    build: Callable
    shows: str
    finds: tuple      # codes of findings that must be there
    never: tuple      # codes that must not
    outcomes: tuple   # outcomes of the flows that matter, in the order of their first packets
    site: str


# Findings that accuse somebody: where a capture shows no fault, none of them may be there.
ACCUSING = ("port-blocked-silently", "port-rejected", "peer-unreachable", "service-refused", "service-blocked",
            "dns-failure", "dns-rewritten", "required-missing", "unexpected-application", "scope-violation",
            "forbidden-flow", "expectation-late", "weak-crypto", "cleartext-credentials", "proxy-denied",
            "captive-portal", "one-way-media")
# What a sample forbids unless it says otherwise.
DOUBTED = (*ACCUSING, "undeclared-destination", "undeclared-inbound", "traffic-in-tunnel")
SITE = "site.yaml"

scenarios = {}


def scenario(finds=(), never=None, outcomes=(), site=SITE):
    """Registers the function below it under its name; without `never`, all of DOUBTED that is not due is forbidden."""
    def register(build):
        name = build.__name__.replace("_", "-")
        forbidden = tuple(code for code in DOUBTED if code not in finds) if never is None else tuple(never)
        shows = " ".join(build.__doc__.split())
        scenarios[name] = Scenario(name, build, shows, tuple(finds), forbidden, tuple(outcomes), site)
        return build
    return register


# Their order is the index's.
from . import push, reject, names, handshake, others, oneway  # noqa: E402,F401
from . import versity, media, portal, airwatch, servers, hmc, hmc_vpn, proxy  # noqa: E402,F401
from . import private, ipass, cam, tunnels, encapsulated, sites, demo  # noqa: E402,F401
