// What a caller of ElevenLabs' own JavaScript SDK sees: an order a line comes in as JSON, what was seen goes out as a line of JSON.
// Its argument is the folder that has the SDK in its node_modules.

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { ElevenLabsClient } = createRequire(`${process.argv[2]}/`)("@elevenlabs/elevenlabs-js");
const VOICE = "JBFqnCBsd6RMkjVDRZzb";
const sha256 = (content) => createHash("sha256").update(content).digest("hex");

// What an order does not name is not named to the SDK either.
const defined = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
const camel = (object) =>
  object &&
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()), value]),
  );

const options = (order) =>
  defined({ headers: order.headers, timeoutInSeconds: order.timeout_s, maxRetries: order.retries });

const request = (order) =>
  defined({
    text: order.text,
    modelId: order.model_id,
    outputFormat: order.output_format,
    voiceSettings: camel(order.voice_settings),
  });

function heard(order, audio) {
  if (order.keep) writeFileSync(order.keep, audio);
  return { bytes: audio.length, sha256: sha256(audio) };
}

async function whole(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

// Alignments that follow each other, as one.
function timed(alignments) {
  const found = alignments.filter(Boolean);
  const times = found.flatMap((one) =>
    one.characterStartTimesSeconds.map((start, index) => [start, one.characterEndTimesSeconds[index]]),
  );
  return {
    characters: times.length,
    text: found.flatMap((one) => one.characters).join(""),
    times: sha256(JSON.stringify(times)),
  };
}

const headers = (answer) => Object.fromEntries(answer.headers.entries());

async function withTimes(order, answer, chunks) {
  const all = [];
  for await (const chunk of chunks) all.push(chunk);
  const audio = Buffer.concat(all.map((chunk) => Buffer.from(chunk.audioBase64, "base64")));
  return {
    headers: headers(answer),
    audio: heard(order, audio),
    alignment: timed(all.map((chunk) => chunk.alignment)),
    normalized_alignment: timed(all.map((chunk) => chunk.normalizedAlignment)),
  };
}

async function listed(promise) {
  const { data, rawResponse } = await promise.withRawResponse();
  return { headers: headers(rawResponse), body: data };
}

const CALLS = {
  async convert(client, order) {
    const call = client.textToSpeech.convert(order.voice_id ?? VOICE, request(order), options(order));
    const { data, rawResponse } = await call.withRawResponse();
    return { audio: heard(order, await whole(data)), headers: headers(rawResponse) };
  },
  async stream(client, order) {
    const call = client.textToSpeech.stream(order.voice_id ?? VOICE, request(order), options(order));
    const { data, rawResponse } = await call.withRawResponse();
    return { audio: heard(order, await whole(data)), headers: headers(rawResponse) };
  },
  async convert_with_timestamps(client, order) {
    const call = client.textToSpeech.convertWithTimestamps(order.voice_id ?? VOICE, request(order), options(order));
    const { data, rawResponse } = await call.withRawResponse();
    return withTimes(order, rawResponse, [data]);
  },
  async stream_with_timestamps(client, order) {
    const call = client.textToSpeech.streamWithTimestamps(order.voice_id ?? VOICE, request(order), options(order));
    const { data, rawResponse } = await call.withRawResponse();
    return withTimes(order, rawResponse, data);
  },
  voices: (client, order) => listed(client.voices.getAll({}, options(order))),
  search_voices: (client, order) => listed(client.voices.search(camel(order.query), options(order))),
  voice_settings: (client, order) => listed(client.voices.settings.get(order.voice_id ?? VOICE, options(order))),
  models: (client, order) => listed(client.models.list(options(order))),
  subscription: (client, order) => listed(client.user.subscription.get(options(order))),
  history: (client, order) => listed(client.history.list({}, options(order))),
  sound_effects: async (client, order) => ({
    audio: heard(order, await whole(await client.textToSoundEffects.convert({ text: order.text }, options(order)))),
  }),
};

async function saw(client, order) {
  try {
    return { exception: null, ...(await CALLS[order.call](client, order)) };
  } catch (error) {
    const seen = { exception: error.constructor.name };
    if (error.statusCode === undefined) return { ...seen, says: `${error.message} ${error.cause ?? ""}` };
    return { ...seen, status: error.statusCode, body: error.body, headers: headers(error.rawResponse) };
  }
}

// Several orders at once, each begun so long after the one before it.
async function together(client, { orders, apart_ms }) {
  const begun = [];
  for (const order of orders) {
    begun.push(saw(client, order));
    await new Promise((resolve) => setTimeout(resolve, apart_ms));
  }
  return Promise.all(begun);
}

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  const client = new ElevenLabsClient({ baseUrl: order.base_url, apiKey: order.api_key });
  const seen = order.orders ? await together(client, order) : await saw(client, order);
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}
