"""The parts of a SIP body that are not SDP, a caller's location (PIDF-LO, RFC 6442) for example. Pure."""

from __future__ import annotations

import email
import email.message
import email.policy

PARTS_LIMIT, PART_CHARACTERS_LIMIT = 8, 16_000
"""Chosen: more than an emergency call carries (location and additional data make INVITEs of 9 to 14 kB in the
NG9-1-1 suite of TAMU), and all of it stays far below the 1 MiB of a control message."""


def extra_parts(content_type: str, body: str) -> tuple[tuple[str, str], ...]:
    """Return (content type, text) of each non-SDP part; multipart bodies (RFC 5621) are opened."""
    if not content_type or not body.strip():
        return ()
    header = " ".join(content_type.split())
    try:
        message = email.message_from_string(f"Content-Type: {header}\n\n{body}", policy=email.policy.compat32)
        parts = [part for part in message.walk() if not part.is_multipart()]
        return tuple(
            (part.get_content_type(), _text(part)[:PART_CHARACTERS_LIMIT])
            for part in parts
            if part.get_content_type() not in ("application/sdp", "multipart/mixed")
        )[:PARTS_LIMIT]
    except Exception:  # noqa: BLE001 - the parser promises not to raise, but callers may send anything
        return ()


def _text(part: email.message.Message) -> str:
    encoded = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoded in ("base64", "quoted-printable"):
        decoded = part.get_payload(decode=True)
        return decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else ""
    payload = part.get_payload()
    return payload if isinstance(payload, str) else ""
