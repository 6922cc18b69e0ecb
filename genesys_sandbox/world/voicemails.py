"""Calls that end in a message, which somebody returns in the same conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genesys_sandbox.world.calls import known_customer
from genesys_sandbox.world.instants import DAY, MINUTE, SECOND
from genesys_sandbox.world.scene import Beats, Channel

if TYPE_CHECKING:
    from genesys_sandbox.world.cast import Cast
    from genesys_sandbox.world.script import Conversation


def voicemail(cast: Cast) -> list[Conversation]:
    """The caller leaves a message, an agent calls back in the same conversation some hours later."""
    return _voicemail(cast, cast.dice.between(20 * MINUTE, 100 * MINUTE))


def forgotten_voicemail(cast: Cast) -> list[Conversation]:
    """A message that nobody returned for weeks: the conversation stays open across many windows."""
    return _voicemail(cast, 59 * DAY)


def _voicemail(cast: Cast, returned_after: int) -> list[Conversation]:
    scene = cast.scene(cast.voice())
    spoken = cast.start + 70 * SECOND
    known_customer(cast, scene, spoken, "client")
    scene.flow(cast.start, cast.start + 20 * SECOND, cast.queue)
    box = scene.conversation.join(cast.dice.uuid(), "voicemail", participantName="Voicemail")
    recording = scene.session(box)
    recording.add("voicemail", cast.start + 20 * SECOND, spoken)
    recording.add("uploading", spoken, spoken + 5 * SECOND, "system")
    recording.measure(spoken, tVoicemail=50 * SECOND)
    back = Channel("callback", cast.phone())
    returned = spoken + 5 * SECOND + returned_after
    waiting = scene.session(scene.conversation.participants[0], back)
    waiting.add("callback", spoken + 5 * SECOND, returned + 2 * MINUTE, "endpoint")
    queue = scene.acd(spoken + 5 * SECOND, returned, cast.queue, answered=True, channel=back)
    queue.fields["flowInType"] = "voicemail"
    beats = Beats(returned, returned + 5 * SECOND, returned + 2 * MINUTE, returned + 150 * SECOND)
    scene.agent(cast.agent, cast.queue, beats)
    return [scene.conversation]
