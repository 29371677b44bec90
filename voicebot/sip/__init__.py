"""The line process: SIP and RTP by pjsua2. The only room that imports it."""
