"""The numbers that voicebot measures about itself, as Prometheus metrics; shown on ``/metrics``.

Safety figures, not product figures: how long callers wait, how transfers end, whether audio or records were
lost. Labels have few values; never a number, a name or words of a caller.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
"""Holds the metrics of this module and those of the process; the console writes it out."""

ProcessCollector(registry=REGISTRY)

CALLS = Counter(
    "voicebot_calls_total",
    "Calls that were answered, by how they ended.",
    ["ended"],
    registry=REGISTRY,
)
CALLS_REFUSED = Counter(
    "voicebot_calls_refused_total",
    "Calls that were refused, by reason.",
    ["why"],
    registry=REGISTRY,
)
LIVE_CALLS = Gauge("voicebot_live_calls", "Calls under way.", registry=REGISTRY)
LINE_LEGS = Gauge(
    "voicebot_line_legs",
    "Legs of callers and operators that a line process holds.",
    ["line"],
    registry=REGISTRY,
)
LINE_BRIDGE_PORTS = Gauge(
    "voicebot_line_bridge_ports",
    "Places taken on the conference bridge of a line process; 1 when it has no leg.",
    ["line"],
    registry=REGISTRY,
)
LINES_READY = Gauge("voicebot_lines_ready", "Line processes that can take calls.", registry=REGISTRY)
LINES_LOST = Counter(
    "voicebot_lines_lost_total", "Line processes that ended on their own.", registry=REGISTRY
)
URGENCY = Counter(
    "voicebot_calls_by_urgency_total",
    "Calls by the urgency that they ended with.",
    ["level"],
    registry=REGISTRY,
)
TRANSFERS = Counter(
    "voicebot_transfers_total",
    "Attempts to reach a human, by mode (warm, hot, blind, fallback) and outcome.",
    ["mode", "outcome"],
    registry=REGISTRY,
)
DESKS = Gauge("voicebot_desks", "Operators' desks, by what they are doing.", ["state"], registry=REGISTRY)
WAITING_CALLS = Gauge("voicebot_waiting_calls", "Calls on the waiting list for a human.", registry=REGISTRY)
DIALOG_LOADED = Gauge(
    "voicebot_dialog_loaded",
    "1 for the dialog that new calls get, by name and version.",
    ["name", "version"],
    registry=REGISTRY,
)
DIALOG_RELOADS = Counter(
    "voicebot_dialog_reloads_total",
    "Saved dialog files that were looked at: taken, or refused for mistakes.",
    ["result"],
    registry=REGISTRY,
)
ANSWER_SECONDS = Histogram(
    "voicebot_answer_seconds",
    "From the INVITE to our 200 OK.",
    buckets=(0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
FIRST_PROMPT_SECONDS = Histogram(
    "voicebot_first_prompt_seconds",
    "From our 200 OK to the first audio of the greeting.",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
REPLY_SECONDS = Histogram(
    "voicebot_reply_seconds",
    "From the end of the caller's utterance to the first audio of our reply.",
    buckets=(0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10),
    registry=REGISTRY,
)
HUMAN_SECONDS = Histogram(
    "voicebot_human_seconds",
    "From the answer of a call to a human on the line.",
    buckets=(5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300),
    registry=REGISTRY,
)
RINGING_SECONDS = Histogram(
    "voicebot_urgent_ringing_seconds",
    "From the end of the words, or the key, that called for a human at once to the first ringing desk.",
    buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30),
    registry=REGISTRY,
)
DETECTOR_SECONDS = Histogram(
    "voicebot_detector_seconds",
    "One voice detection tick over all live legs; above 0.032 it falls behind.",
    buckets=(0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.5),
    registry=REGISTRY,
)
RECOGNISED_SECONDS = Histogram(
    "voicebot_recognised_seconds",
    "From handing an utterance to the recogniser to its text.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    registry=REGISTRY,
)
RECOGNISER_CLIPS = Counter(
    "voicebot_recogniser_clips_total",
    "Clips handed to the recogniser, by priority and by what became of them: decoded, refused (no room), "
    "displaced (by a final), stale (no longer needed before its turn came), late, failed.",
    ["priority", "outcome"],
    registry=REGISTRY,
)
RECOGNISER_WAIT_SECONDS = Histogram(
    "voicebot_recogniser_wait_seconds",
    "From handing a clip to the recogniser to the beginning of its decoding, by priority.",
    ["priority"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
RECOGNISER_BATCH_SECONDS = Histogram(
    "voicebot_recogniser_batch_seconds",
    "One batch in the recogniser, features included.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
SPECULATION = Counter(
    "voicebot_speculation_total",
    "Speculative recognitions: ready (the text was there at the endpoint), waited (it was under way), "
    "resumed (the caller spoke on), none (there was no room).",
    ["outcome"],
    registry=REGISTRY,
)
GEOCODED = Counter(
    "voicebot_geocoded_total",
    "Places asked of the address service, by outcome: found, nothing, late, failed, busy.",
    ["outcome"],
    registry=REGISTRY,
)
PLACE_NAMES_SCORED = Counter(
    "voicebot_place_names_scored_total",
    "Place names that were heard badly and compared with similar names of the gazetteer.",
    registry=REGISTRY,
)
BARGE_INS = Counter(
    "voicebot_barge_ins_total",
    "Speech over ours: suspected (we paused), confirmed (words: we stopped), dismissed (we went on).",
    ["outcome"],
    registry=REGISTRY,
)
RECOGNISER_FAILURES = Counter(
    "voicebot_recogniser_failures_total",
    "Utterances that the recogniser failed on or had no room for.",
    registry=REGISTRY,
)
DEAF = Gauge(
    "voicebot_deaf",
    "1 while detector or recogniser hang: callers are led by keys and go to humans at once.",
    registry=REGISTRY,
)
AUDIO_LOST_MS = Counter(
    "voicebot_audio_lost_milliseconds_total",
    "Callers' audio that was overwritten before it was heard.",
    registry=REGISTRY,
)
LOOP_LAG_SECONDS = Histogram(
    "voicebot_loop_lag_seconds",
    "How late the core's event loop woke up; the first sign of saturation.",
    buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2),
    registry=REGISTRY,
)
STORE_SECONDS = Histogram(
    "voicebot_store_seconds",
    "From asking for a record to be kept to its being on disk.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)
STORE_FAILURES = Counter(
    "voicebot_store_failures_total",
    "Records that could not be kept; the next save of the same call tries again.",
    registry=REGISTRY,
)
OPEN_CALLBACKS = Gauge(
    "voicebot_open_callbacks",
    "Callers who were lost before a human had them and whom no human has dealt with, by urgency.",
    ["urgency"],
    registry=REGISTRY,
)
