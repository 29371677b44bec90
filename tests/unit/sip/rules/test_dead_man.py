"""The dead-man's switch on a clock made of numbers."""

from __future__ import annotations

from voicebot.control import CORE_SILENCE_LIMIT_MS
from voicebot.sip.rules.dead_man import RETRY_MS, CoreWatch, Rescue, RescueStep


def test_the_core_is_gone_after_two_silent_seconds() -> None:
    """A core counts as present from its first word until 2 s after its last."""
    watch = CoreWatch(CORE_SILENCE_LIMIT_MS)
    assert not watch.present(0)
    watch.heard(1000)
    assert watch.present(2999)
    assert not watch.present(3000)
    watch.heard(9000)
    assert watch.present(9000)


def test_prompt_then_refer_then_both_again() -> None:
    """The prompt comes first; a failed REFER is repeated after 10 s and the prompt fills the time."""
    rescue = Rescue(1000, has_fallback=True)
    assert rescue.step(0, prompt_done=False, referring=False) is RescueStep.PROMPT
    assert rescue.step(500, prompt_done=False, referring=False) is None
    assert rescue.step(1000, prompt_done=True, referring=False) is RescueStep.REFER
    assert rescue.step(1010, prompt_done=True, referring=True) is None
    assert rescue.step(1500, prompt_done=True, referring=False) is RescueStep.PROMPT
    assert rescue.step(2000, prompt_done=False, referring=False) is None
    assert rescue.step(1000 + RETRY_MS, prompt_done=False, referring=False) is RescueStep.REFER
    assert rescue.step(1000 + 3 * RETRY_MS, prompt_done=False, referring=True) is None
    assert rescue.step(1000 + 3 * RETRY_MS, prompt_done=False, referring=False) is RescueStep.REFER


def test_a_prompt_that_cannot_be_heard_does_not_hold_up_the_refer() -> None:
    """A caller on hold is sent on although the prompt never ends."""
    rescue = Rescue(1000, has_fallback=True)
    assert rescue.step(0, prompt_done=False, referring=False) is RescueStep.PROMPT
    assert rescue.step(2999, prompt_done=False, referring=False) is None
    assert rescue.step(3000, prompt_done=False, referring=False) is RescueStep.REFER


def test_without_a_prompt_the_refer_comes_at_once() -> None:
    """No recorded sentence is no reason to wait."""
    assert Rescue(0, has_fallback=True).step(5, prompt_done=False, referring=False) is RescueStep.REFER


def test_a_refer_of_the_core_is_awaited() -> None:
    """A transfer that the core began before it went is left to end first."""
    rescue = Rescue(500, has_fallback=True)
    assert rescue.step(0, prompt_done=False, referring=True) is None
    assert rescue.step(9, prompt_done=False, referring=False) is RescueStep.PROMPT


def test_without_a_fallback_the_prompt_loops() -> None:
    """With nowhere to go the caller hears the sentence again and again, and is never hung up."""
    rescue = Rescue(500, has_fallback=False)
    assert rescue.step(0, prompt_done=False, referring=False) is RescueStep.LOOP_PROMPT
    assert {rescue.step(now, prompt_done=False, referring=False) for now in range(1, 60_000, 500)} == {None}
    assert Rescue(0, has_fallback=False).step(0, prompt_done=False, referring=False) is None
