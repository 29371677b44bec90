from prometheus_client import generate_latest

from voicebot import metrics


def test_every_metric_has_our_prefix_and_a_help_text() -> None:
    """What a monitoring system meets is named after the product and explained."""
    for family in metrics.REGISTRY.collect():
        assert family.name.startswith(("voicebot_", "process_"))
        assert family.documentation.endswith(".")


def test_the_registry_is_written_out() -> None:
    """The registry holds what the modules count."""
    assert b"voicebot_live_calls" in generate_latest(metrics.REGISTRY)
