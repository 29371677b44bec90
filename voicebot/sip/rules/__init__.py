"""Pure rules of SIP and its media: what a message says, who may call, when a party is gone."""
