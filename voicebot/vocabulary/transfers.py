"""How a caller is handed to a human."""

from typing import Literal

TransferMode = Literal["warm", "hot", "blind"]
"""``warm``: the operator hears the brief and accepts with a key. ``hot``: the first who answers has the
caller at once and reads the brief. ``blind``: the caller is sent to the group, which answers by itself."""

AttemptMode = Literal[TransferMode, "fallback"]
"""How one attempt went about it; ``fallback``: the caller was sent to the fallback number."""

Connect = Literal["bridge", "replaces"]
"""How caller and operator are joined. ``bridge``: both legs stay with us. ``replaces``: they leave us by
REFER with Replaces (RFC 5589)."""

ConnectWish = Literal["auto", Connect]
"""What a site wants; ``auto``: ``replaces`` where the other side says that it can."""
