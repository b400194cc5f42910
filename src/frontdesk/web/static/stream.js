// Follows a conversation over server-sent events, read from fetch because EventSource can't send
// the Authorization header. Comes back by itself, from the last event that it had.

import * as api from "./api.js";

const SHORTEST_MS = 500;
const LONGEST_MS = 10_000;
const SILENCE_MS = 40_000; // the desk sends something every 15 seconds

/** Splits a body into events; calls `alive` for everything that arrives. */
async function* parse(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  let data = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    buffer += value;
    const lines = buffer.split("\n");
    buffer = lines.pop();
    for (const line of lines.map((one) => one.replace(/\r$/, ""))) {
      if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      if (line === "" && data.length) {
        yield JSON.parse(data.join("\n"));
        data = [];
      }
    }
  }
}

/** Waits, or less long when the network or the page comes back. */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      removeEventListener("online", end);
      document.removeEventListener("visibilitychange", end);
      signal.removeEventListener("abort", end);
      resolve();
    }
    addEventListener("online", end);
    document.addEventListener("visibilitychange", end);
    signal.addEventListener("abort", end);
  });
}

/**
 * Gives every entry behind `after` to `take`, until the signal is aborted or the token refused.
 *
 * @param {{token: string, after: number, signal: AbortSignal,
 *   take: (entry: object) => Promise<void>, connected: (yes: boolean) => void}} options
 */
export async function follow({ token, after, signal, take, connected }) {
  let last = after;
  let wait = SHORTEST_MS;
  while (!signal.aborted) {
    const silent = new AbortController();
    let watch;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => silent.abort(), SILENCE_MS);
    };
    try {
      alive();
      const response = await api.events(token, last, AbortSignal.any([signal, silent.signal]));
      connected(true);
      for await (const entry of parse(response.body, alive)) {
        wait = SHORTEST_MS;
        if (entry.seq <= last) continue;
        await take(entry);
        last = entry.seq;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof api.ApiError && !error.passing) throw error;
    } finally {
      clearTimeout(watch);
    }
    if (signal.aborted) return;
    connected(false);
    await pause(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(wait * 2, LONGEST_MS);
  }
}
