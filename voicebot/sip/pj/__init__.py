"""PJSIP by pjsua2: endpoint, calls, legs and media. The only room that imports it. Polling thread only."""
