"""Makes clean 8 kHz speech sound as at the far end of a telephone line, and makes clips without speech."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voicebot.audio import g711
from voicebot.audio.resample import resample
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

Float32 = npt.NDArray[np.float32]
Int16 = npt.NDArray[np.int16]

_FULL_SCALE = 32_768.0  # of 16-bit samples
# ITU-T Q.23
_DTMF_LOW_HZ = (697, 770, 852, 941)
_DTMF_HIGH_HZ = (1209, 1336, 1477, 1633)  # ITU-T Q.23


def _unit(noise: npt.NDArray[np.floating]) -> Float32:
    return (noise / (np.sqrt(np.mean(noise**2)) + 1e-9)).astype(np.float32)


def coloured_noise(rng: np.random.Generator, samples: int, slope: float) -> Float32:
    """Noise with amplitude spectrum f**-slope (0 white, 0.5 pink, 1 brown), unit power, no direct current."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    frequency = np.fft.rfftfreq(samples, 1 / TELEPHONE_RATE_HZ)
    shape = np.zeros_like(frequency)
    shape[1:] = np.maximum(frequency[1:], 40.0) ** -slope
    return _unit(np.fft.irfft(spectrum * shape, samples))


def rain(rng: np.random.Generator, samples: int) -> Float32:
    """High, slowly swelling noise with drops."""
    hiss = coloured_noise(rng, samples, -0.3)
    knots = np.arange(0, samples + 4000, 4000)
    swell = 1.0 + 0.3 * np.interp(np.arange(samples), knots, rng.standard_normal(len(knots)))
    drops = (rng.random(samples) < 0.002) * rng.exponential(6.0, samples)
    return _unit(hiss * np.maximum(swell, 0.1) + drops)


def siren(rng: np.random.Generator, samples: int) -> Float32:
    """A wailing or two-tone siren with a harmonic, over faint traffic noise."""
    time_s = np.arange(samples) / TELEPHONE_RATE_HZ
    low, high, period_s = rng.uniform(400, 700), rng.uniform(900, 1600), rng.uniform(0.4, 4.0)
    sweep = np.sin(2 * np.pi * time_s / period_s + rng.uniform(0, 6))
    if rng.random() < 0.4:
        sweep = np.sign(sweep)
    phase = 2 * np.pi * np.cumsum(low + (high - low) * (sweep + 1) / 2) / TELEPHONE_RATE_HZ
    tone = np.sin(phase) + rng.uniform(0, 0.5) * np.sin(2 * phase) + rng.uniform(0, 0.3) * np.sin(3 * phase)
    return _unit(tone + 0.2 * coloured_noise(rng, samples, 0.7))


def hum(rng: np.random.Generator, samples: int) -> Float32:
    """Mains hum or an engine: a low fundamental with many harmonics and some noise."""
    time_s = np.arange(samples) / TELEPHONE_RATE_HZ
    fundamental_hz = rng.choice((60.0, 120.0, rng.uniform(30, 180)))
    tones = sum(np.sin(2 * np.pi * fundamental_hz * k * time_s + rng.uniform(0, 6)) / k for k in range(1, 12))
    return _unit(np.asarray(tones) + 0.3 * coloured_noise(rng, samples, 0.8))


def dtmf(rng: np.random.Generator, samples: int) -> Float32:
    """A row of key tones with pauses."""
    out = np.zeros(samples, dtype=np.float32)
    position = int(rng.integers(0, 4000))
    while position < samples:
        length = int(rng.integers(400, 3000))
        time_s = np.arange(min(length, samples - position)) / TELEPHONE_RATE_HZ
        out[position : position + length] = np.sin(2 * np.pi * rng.choice(_DTMF_LOW_HZ) * time_s) + np.sin(
            2 * np.pi * rng.choice(_DTMF_HIGH_HZ) * time_s
        )
        position += length + int(rng.integers(400, 6000))
    return _unit(out + 0.001)


def line_tone(rng: np.random.Generator, samples: int) -> Float32:
    """Ring-back, dial or busy tone."""
    time_s = np.arange(samples) / TELEPHONE_RATE_HZ
    pair = ((440, 480), (350, 440), (480, 620))[rng.integers(3)]
    on_s, off_s = ((1.0, 2.0), (9.0, 0.0), (0.5, 0.5))[rng.integers(3)]
    keyed = ((time_s + rng.uniform(0, 3)) % (on_s + off_s)) < on_s
    return _unit(
        keyed * (np.sin(2 * np.pi * pair[0] * time_s) + np.sin(2 * np.pi * pair[1] * time_s)) + 0.002
    )


def music(rng: np.random.Generator, samples: int) -> Float32:
    """Chords of decaying tones, as hold music or a television far away."""
    out = np.zeros(samples)
    position = 0
    while position < samples:
        length = int(rng.integers(800, 5000))
        time_s = np.arange(min(length, samples - position)) / TELEPHONE_RATE_HZ
        root_hz = 110.0 * 2.0 ** (rng.integers(0, 36) / 12)
        for ratio in (1.0, 1.26, 1.5, 2.0)[: rng.integers(1, 5)]:
            out[position : position + length] += np.sin(2 * np.pi * root_hz * ratio * time_s) * np.exp(
                -time_s * rng.uniform(0.5, 6)
            )
        position += length
    return _unit(out)


def breath(rng: np.random.Generator, samples: int) -> Float32:
    """Breathing into the microphone: band noise that comes and goes, sometimes with knocks."""
    time_s = np.arange(samples) / TELEPHONE_RATE_HZ
    envelope = np.maximum(0.0, np.sin(2 * np.pi * time_s / rng.uniform(0.8, 3.5) + rng.uniform(0, 6))) ** 2
    noise = coloured_noise(rng, samples, rng.uniform(0.1, 0.8)) * (envelope + 0.02)
    knocks = np.convolve((rng.random(samples) < 0.0002) * 20.0, np.exp(-np.arange(200) / 30.0), mode="same")
    return _unit(noise + knocks * (rng.random() < 0.3))


class NoiseBank:
    """A store of ten-second noises at unit power, made once, cut at random places."""

    SECONDS = 10

    def __init__(self, seed: int, speech: list[Int16], per_kind: int = 12) -> None:
        """``speech`` is what babble is mixed from."""
        rng = np.random.default_rng(seed)
        samples = self.SECONDS * TELEPHONE_RATE_HZ
        makers = {
            "white": lambda: coloured_noise(rng, samples, 0.0),
            "pink": lambda: coloured_noise(rng, samples, 0.5),
            "brown": lambda: coloured_noise(rng, samples, 1.0), "rain": lambda: rain(rng, samples),
            "siren": lambda: siren(rng, samples), "hum": lambda: hum(rng, samples),
            "music": lambda: music(rng, samples),
            "babble": lambda: self._babble(rng, speech, samples), "dtmf": lambda: dtmf(rng, samples),
            "line_tone": lambda: line_tone(rng, samples), "breath": lambda: breath(rng, samples),
        }  # fmt: skip
        self._noises = {kind: [make() for _ in range(per_kind)] for kind, make in makers.items()}

    @staticmethod
    def _babble(rng: np.random.Generator, speech: list[Int16], samples: int) -> Float32:
        mixed = np.zeros(samples, dtype=np.float32)
        for _ in range(int(rng.integers(4, 8))):
            row = np.concatenate([speech[int(rng.integers(len(speech)))] for _ in range(24)])
            mixed += np.resize(row, samples).astype(np.float32) * rng.uniform(0.3, 1.0)
        return _unit(mixed)

    def cut(self, rng: np.random.Generator, kind: str, samples: int) -> Float32:
        """``samples`` samples of one kind from a random place, repeated if the store is shorter."""
        noise = self._noises[kind][int(rng.integers(len(self._noises[kind])))]
        start = int(rng.integers(len(noise)))
        return np.take(noise, np.arange(start, start + samples), mode="wrap")

    def mixture(self, rng: np.random.Generator, kinds: tuple[str, ...], samples: int) -> Float32:
        """One kind, or sometimes two, at unit power."""
        noise = self.cut(rng, str(rng.choice(kinds)), samples)
        if rng.random() < 0.25:
            noise = noise + rng.uniform(0.2, 1.0) * self.cut(rng, str(rng.choice(kinds)), samples)
        return _unit(noise)


BEHIND_SPEECH = ("white", "pink", "pink", "brown", "rain", "siren", "hum", "music", "babble", "breath")
WITHOUT_SPEECH = (
    "white",
    "pink",
    "brown",
    "rain",
    "siren",
    "hum",
    "music",
    "dtmf",
    "line_tone",
    "breath",
    "breath",
)


def telephone_band(samples: Float32) -> Float32:
    """Only 300 to 3400 Hz, with soft edges, as an old set or a gateway passes."""
    spectrum = np.fft.rfft(samples)
    frequency = np.fft.rfftfreq(len(samples), 1 / TELEPHONE_RATE_HZ)
    shape = np.clip((frequency - 200.0) / 150.0, 0.0, 1.0) * np.clip((3600.0 - frequency) / 250.0, 0.0, 1.0)
    return np.fft.irfft(spectrum * shape, len(samples)).astype(np.float32)


def companded(samples: Float32, law: str) -> Float32:
    """Through G.711 and back; ``law`` is "a" or "mu"."""
    linear = np.clip(np.rint(samples * _FULL_SCALE), -32_768, 32_767).astype(np.int16)
    decoded = (
        g711.decode_a_law(g711.encode_a_law(linear))
        if law == "a"
        else g711.decode_mu_law(g711.encode_mu_law(linear))
    )
    return decoded.astype(np.float32) / np.float32(_FULL_SCALE)


def with_packet_loss(rng: np.random.Generator, samples: Float32, loss: float) -> Float32:
    """Loses 20 ms packets with probability ``loss``: silence instead, or the one before at half level."""
    out = samples.copy()
    for start in range(160, len(out) - 160, 160):
        if rng.random() < loss:
            out[start : start + 160] = 0.5 * out[start - 160 : start] if rng.random() < 0.5 else 0.0
    return out


def at_snr(speech: Float32, noise: Float32, snr_db: float, speech_power: float) -> Float32:
    """Speech plus unit-power noise, ``snr_db`` below the power that the speech has while it sounds."""
    return speech + noise * np.float32(np.sqrt(speech_power * 10.0 ** (-snr_db / 10.0)))


def speech_on_a_line(rng: np.random.Generator, clip: Int16, bank: NoiseBank) -> Float32:
    """A training clip, float32 at 8 kHz: speed, silence around, noise, band, level, codec, loss at random."""
    speech = clip.astype(np.float32) / np.float32(_FULL_SCALE)
    if rng.random() < 0.7:
        speech = resample(speech, TELEPHONE_RATE_HZ, TELEPHONE_RATE_HZ / rng.uniform(0.9, 1.1), quality="QQ")
    power = float(np.mean(speech**2)) + 1e-12
    before, after = rng.random(2) ** 2 * (0.6, 1.2) * TELEPHONE_RATE_HZ
    samples = np.pad(speech, (int(before), int(after)))
    quiet = rng.random()
    if quiet >= 0.25:
        kinds = ("white", "pink", "brown") if quiet < 0.45 else BEHIND_SPEECH
        samples = at_snr(samples, bank.mixture(rng, kinds, len(samples)), rng.uniform(5.0, 35.0), power)
    if rng.random() < 0.3:
        samples = telephone_band(samples)
    return _line(rng, samples * np.float32(10.0 ** (rng.uniform(-18.0, 3.0) / 20.0)))


def noise_on_a_line(rng: np.random.Generator, bank: NoiseBank) -> Float32:
    """A clip without speech, float32 at 8 kHz: digital silence, or noise at -65 to -12 dB of full scale."""
    samples = int(rng.uniform(0.3, 4.5) * TELEPHONE_RATE_HZ)
    if rng.random() < 0.1:
        return np.zeros(samples, dtype=np.float32)
    level = np.float32(10.0 ** (rng.uniform(-65.0, -12.0) / 20.0))
    return _line(rng, bank.mixture(rng, WITHOUT_SPEECH, samples) * level)


def _line(rng: np.random.Generator, samples: Float32) -> Float32:
    if rng.random() < 0.95:
        samples = companded(samples, "a" if rng.random() < 0.7 else "mu")
    if rng.random() < 0.1:
        samples = with_packet_loss(rng, samples, rng.uniform(0.01, 0.06))
    return samples
