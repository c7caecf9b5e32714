"""The embedded broker's configuration."""

from __future__ import annotations

import base64

from chainmail.local import broker


def _settings() -> dict[str, str]:
    lines = broker.server_properties("data", 20_001, 20_002).splitlines()
    return dict(line.split("=", maxsplit=1) for line in lines)


def test_server_properties_serve_one_node() -> None:
    """One node can never have two replicas: offsets could not be committed."""
    found = _settings()
    replicated = {name: value for name, value in found.items() if "replication.factor" in name or "min.isr" in name}
    assert set(replicated.values()) == {"1"}
    assert len(replicated) == 5


def test_server_properties_let_the_members_of_one_supervisor_join_together() -> None:
    """The first member would begin work on partitions that the second one takes away: calls made twice."""
    assert int(_settings()["group.initial.rebalance.delay.ms"]) >= 1_000


def test_server_properties_create_no_topics_by_themselves() -> None:
    """A mistyped topic would come to life with the wrong cleanup policy."""
    assert _settings()["auto.create.topics.enable"] == "false"


def test_server_properties_listen_on_this_host_only() -> None:
    """Mail would be readable by the neighbourhood."""
    found = _settings()
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002"
    assert found["advertised.listeners"] == "PLAINTEXT://127.0.0.1:20001"
    assert found["controller.quorum.voters"] == "1@127.0.0.1:20002"


def test_cluster_id_is_sixteen_bytes_that_look_like_no_option() -> None:
    """The format tool takes an id that begins with `-` for an option."""
    for _ in range(300):
        drawn = broker.cluster_id()
        assert not drawn.startswith("-")
        assert len(base64.urlsafe_b64decode(drawn + "==")) == 16
