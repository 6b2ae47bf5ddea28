"""What a caller of ElevenLabs' own Python SDK sees: an order a line comes in as JSON, what was seen goes out as a line of JSON."""

import base64
import hashlib
import json
import sys
import threading
import time

from elevenlabs import VoiceSettings
from elevenlabs.client import ElevenLabs

VOICE = "JBFqnCBsd6RMkjVDRZzb"


def options(order):
    given = {
        "additional_headers": order.get("headers"),
        "timeout_in_seconds": order.get("timeout_s"),
        "max_retries": order.get("retries"),
    }
    return {name: value for name, value in given.items() if value is not None}


def speech(order):
    """The arguments of the four that speak. What an order does not name is not named to the SDK either."""
    given = {name: order[name] for name in ("text", "model_id", "output_format") if name in order}
    if "voice_settings" in order:
        given["voice_settings"] = VoiceSettings(**order["voice_settings"])
    return {"voice_id": order.get("voice_id", VOICE), "request_options": options(order), **given}


def heard(order, audio):
    if "keep" in order:
        with open(order["keep"], "wb") as file:
            file.write(audio)
    return {"bytes": len(audio), "sha256": hashlib.sha256(audio).hexdigest()}


def timed(alignments):
    """Alignments that follow each other, as one."""
    found = [alignment for alignment in alignments if alignment is not None]
    times = [time for one in found for time in zip(one.character_start_times_seconds, one.character_end_times_seconds)]
    text = "".join(character for one in found for character in one.characters)
    return {"characters": len(times), "text": text, "times": hashlib.sha256(json.dumps(times).encode()).hexdigest()}


def with_times(order, response, chunks):
    chunks = list(chunks)
    audio = b"".join(base64.b64decode(chunk.audio_base_64) for chunk in chunks)
    return {
        "headers": dict(response.headers),
        "audio": heard(order, audio),
        "alignment": timed([chunk.alignment for chunk in chunks]),
        "normalized_alignment": timed([chunk.normalized_alignment for chunk in chunks]),
    }


def plain(value):
    """What the SDK made of a body, as JSON knows it."""
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def listed(response):
    data = response.data
    body = [plain(item) for item in data] if isinstance(data, list) else plain(data)
    return {"headers": dict(response.headers), "body": body}


def realtime(client, order):
    # The SDK insists on TLS here, and a house on loopback has none.
    voice = client.text_to_speech
    voice._ws_base_url = voice._ws_base_url.replace("wss://", "ws://", 1)
    audio = b"".join(voice.convert_realtime(order.get("voice_id", VOICE), text=iter([order["text"]])))
    return {"audio": heard(order, audio)}


def call(client, order):
    raw = client.text_to_speech.with_raw_response
    match order["call"]:
        case "convert" | "stream" as name:
            with getattr(raw, name)(**speech(order)) as response:
                return {"audio": heard(order, b"".join(response.data)), "headers": dict(response.headers)}
        case "convert_with_timestamps":
            response = raw.convert_with_timestamps(**speech(order))
            return with_times(order, response, [response.data])
        case "stream_with_timestamps":
            with raw.stream_with_timestamps(**speech(order)) as response:
                return with_times(order, response, response.data)
        case "voices":
            return listed(client.voices.with_raw_response.get_all(request_options=options(order)))
        case "search_voices":
            return listed(client.voices.with_raw_response.search(**order["query"], request_options=options(order)))
        case "voice_settings":
            settings = client.voices.settings.with_raw_response
            return listed(settings.get(order.get("voice_id", VOICE), request_options=options(order)))
        case "models":
            return listed(client.models.with_raw_response.list(request_options=options(order)))
        case "subscription":
            return listed(client.user.subscription.with_raw_response.get(request_options=options(order)))
        case "history":
            return listed(client.history.with_raw_response.list(request_options=options(order)))
        case "sound_effects":
            return {"audio": heard(order, b"".join(client.text_to_sound_effects.convert(text=order["text"])))}
        case "realtime":
            return realtime(client, order)
    raise ValueError(f"no such call: {order['call']}")


def failed(error):
    seen = {"exception": type(error).__name__}
    # The WebSocket library keeps the answer itself.
    answer = getattr(error, "response", None)
    if getattr(error, "status_code", None) is not None:
        seen |= {"status": error.status_code, "body": plain(error.body), "headers": dict(error.headers or {})}
    elif answer is not None:
        seen |= {"status": answer.status_code, "body": json.loads(answer.body), "headers": dict(answer.headers.raw_items())}
    else:
        seen["says"] = str(error)
    return seen


def saw(client, order):
    try:
        return {"exception": None, **call(client, order)}
    except Exception as error:  # what it is, is what is asked for
        return failed(error)


def together(client, order):
    """Several orders at once, each begun so long after the one before it."""
    seen = [None] * len(order["orders"])

    def run(index):
        seen[index] = saw(client, order["orders"][index])

    threads = [threading.Thread(target=run, args=[index]) for index in range(len(seen))]
    for thread in threads:
        thread.start()
        time.sleep(order["apart_ms"] / 1_000)
    for thread in threads:
        thread.join()
    return seen


for line in sys.stdin:
    order = json.loads(line)
    client = ElevenLabs(base_url=order["base_url"], api_key=order["api_key"])
    seen = together(client, order) if "orders" in order else saw(client, order)
    print(json.dumps(seen), flush=True)
