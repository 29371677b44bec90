"""The demonstration: a server, an operator and three callers, all real SIP and RTP on loopback."""
