"""A mirror that shows one direction only: no answer is the observation point's fault."""

from lib.variants import one_way_client, one_way_server
from . import scenario
from .push import push_drop_5228, push_healthy_tls12


@scenario(never=("port-blocked-silently", "port-rejected", "peer-unreachable", "service-refused", "service-blocked",
                 "dns-failure", "dns-rewritten", "required-missing"))
def oneway_client(lab):
    """push-drop-5228 with the phone's packets only: its acknowledgements advance on tcp/443, so a server answered that
    is not seen, and silence on tcp/5228 proves nothing."""
    push_drop_5228(lab)
    lab.frames = one_way_client(lab.frames)


@scenario()
def oneway_server(lab):
    """push-healthy-tls12 with the gateway's packets only: answers without questions, no connection of the server's."""
    push_healthy_tls12(lab)
    lab.frames = one_way_server(lab.frames)
