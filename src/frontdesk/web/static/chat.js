// One conversation on the page: begins or resumes it, sends, and shows what comes.

import * as api from "./api.js";
import { follow } from "./stream.js";
import * as view from "./view.js";

const KEPT = "frontdesk"; // this tab's conversation, gone when the tab is closed
const PERSON = "I want to talk to a person";

let session = null; // {token, identity, customer, subject, outbox}
let last = 0; // the newest event on the page
let leaving = new AbortController();
let held = "desk";
let live = false; // the past is on the page, what is sent comes behind it
let hasty = false; // somebody pressed "send" before that
const shown = new Set(); // ids of messages that came through the stream
const sending = new Map(); // client id -> {item, bubble, working}

// -- what is kept over a reload -------------------------------------------------------------------

const keep = () => {
  try {
    if (session) sessionStorage.setItem(KEPT, JSON.stringify(session));
    else sessionStorage.removeItem(KEPT);
  } catch { /* no storage: the conversation ends with the page */ }
};

const kept = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
};

/** The host site's word for who this is: `#identity=TOKEN`, which no server sees or logs. */
function identityFromAddress() {
  const found = new URLSearchParams(location.hash.slice(1)).get("identity");
  if (found) history.replaceState(null, "", location.pathname + location.search);
  return found;
}

/** Only to see whether it is still the same customer; the desk checks the signature. */
function subject(identity) {
  try {
    const claims = identity.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(claims)).sub ?? "";
  } catch {
    return "";
  }
}

// -- a conversation -------------------------------------------------------------------------------

async function begin({ identity = "", customer = "" } = {}) {
  leave();
  const { signal } = leaving; // aborted when another one is begun meanwhile
  try {
    const signed = customer ? await api.demoIdentity(customer) : identity;
    if (signal.aborted) return;
    const { token } = await api.open(signed);
    if (signal.aborted) return;
    session = { token, identity, customer, subject: signed ? subject(signed) : "", outbox: [] };
    keep();
    await resume();
  } catch (error) {
    if (signal.aborted) return;
    const refused = error.status === 401;
    view.banner(refused ? `You can't be signed in: ${error.message}.` : error.message, {
      label: "Try again", action: () => begin({ identity, customer }),
    });
  }
}

/** Nothing of the old conversation reaches the page any more. */
function leave() {
  leaving.abort();
  leaving = new AbortController();
  session = null;
  live = false;
  view.waiting(true);
  keep();
  last = 0;
  shown.clear();
  sending.clear();
  view.clear();
  hold("desk");
  view.banner("");
}

async function resume() {
  const { signal } = leaving;
  const { customer, entries, language, last: newest } = await api.history(session.token);
  if (signal.aborted) return;
  view.intro(customer);
  view.language(language);
  view.busy(true);
  entries.forEach(show);
  last = newest;
  session.outbox.forEach(restore);
  view.busy(false);
  view.banner("");
  live = true;
  view.waiting(false);
  focus();
  if (hasty) view.parts.composer.requestSubmit();
  let offline;
  const connected = (yes) => {
    clearTimeout(offline);
    if (yes) view.banner("");
    else offline = setTimeout(() => view.banner("Connecting again…", { calm: true }), 1500);
  };
  follow({ token: session.token, after: last, signal, take, connected }).catch(lost);
}

function lost(error) {
  view.banner(`This conversation can't go on: ${error.message}.`, {
    label: "Start a new one", action: () => begin(session ?? {}),
  });
}

// -- what comes -----------------------------------------------------------------------------------

async function take(entry) {
  if (entry.type === "message" && !bubbleOf(entry)) {
    // It may be ours, with the answer to our request still on its way.
    await Promise.allSettled([...sending.values()].map(({ working }) => working));
  }
  show(entry);
  last = entry.seq;
}

function bubbleOf({ id }) {
  return [...sending.values()].find(({ item }) => item.accepted === id);
}

function show(entry) {
  switch (entry.type) {
    case "message":
      shown.add(entry.id);
      arrived(entry);
      view.retire();
      view.typing(held === "desk");
      break;
    case "reply":
      view.reply(entry, press);
      break;
    case "person":
      view.person(entry);
      break;
    case "status":
      status(entry);
      break;
    case "language":
      view.language(entry.language);
      break;
  }
}

function status({ status: now, name }) {
  switch (now) {
    case "thinking":
      return view.typing(true);
    case "idle":
      return view.typing(false);
    case "waiting_for_person":
      view.retire();
      view.typing(false);
      return hold("queue");
    case "with_person":
      view.retire();
      hold("person", name);
      return view.notice(`${name} has joined the conversation.`);
    case "with_assistant":
      hold("desk");
      return view.notice("You are talking to the automated assistant again.");
  }
}

function hold(who, name) {
  held = who;
  view.holder(who, name);
}

// -- what goes ------------------------------------------------------------------------------------

function post(kind, body, label) {
  const item = { kind, ...body, id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, seen: last, label };
  session.outbox.push(item);
  keep();
  put(item);
  deliver(item);
}

function put(item) {
  const bubble = view.mine(item.label, () => deliver(item));
  sending.set(item.id, { item, bubble, working: null });
}

function deliver(item) {
  const one = sending.get(item.id);
  if (one && !one.working) one.working = attempt(one).finally(() => { one.working = null; });
}

async function attempt({ item, bubble }) {
  const { signal } = leaving;
  bubble.state("sending");
  try {
    const { label, accepted: _, ...body } = item;
    const { accepted } = await api.send(session.token, body);
    if (signal.aborted) return;
    item.accepted = accepted;
    keep();
    if (shown.has(accepted)) settle(item); // the first delivery had arrived after all
    else bubble.state("sent");
  } catch (error) {
    if (!signal.aborted) bubble.state("failed", error.message);
  }
}

/** The stream brought a message: ours is done, or somebody else's page sent it. */
function arrived(entry) {
  const ours = bubbleOf(entry);
  if (!ours) {
    view.mine(entry.text);
    return;
  }
  ours.bubble.state("done");
  forget(ours.item);
}

function settle(item) {
  sending.get(item.id)?.bubble.remove();
  forget(item);
}

function forget(item) {
  sending.delete(item.id);
  session.outbox = session.outbox.filter(({ id }) => id !== item.id);
  keep();
}

/** What had not arrived when the page was left. */
function restore(item) {
  if (item.accepted && shown.has(item.accepted)) return forget(item);
  put(item);
  sending.get(item.id).bubble.state(item.accepted ? "sent" : "failed");
}

function press({ does, label }) {
  post("buttons", { does }, label);
  focus();
}

// -- the page -------------------------------------------------------------------------------------

/** Where typing begins with a keyboard; on a phone that would open one over the answers. */
function focus() {
  if (matchMedia("(pointer: fine)").matches) view.parts.text.focus({ preventScroll: true });
}

function listen() {
  const { composer, text, person, fresh, customer } = view.parts;
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    hasty = !live;
    if (!live || !view.measure()) return;
    post("messages", { text: text.value }, text.value.trim());
    text.value = "";
    view.measure();
  });
  text.addEventListener("input", view.measure);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
  person.addEventListener("click", () => post("buttons", { does: "person" }, PERSON));
  fresh.addEventListener("click", () => begin(session ?? {}));
  customer.addEventListener("change", () => begin({ customer: customer.value }));
  view.fitKeyboard();
}

async function start() {
  const identity = identityFromAddress();
  const found = kept();
  try {
    const desk = await api.desk();
    view.desk(desk);
    const known = desk.demo ? await api.demoCustomers() : [];
    const chosen = found ? found.customer : known[0]?.id ?? "";
    view.customers(known, chosen);
    const same = found && (!identity || subject(identity) === found.subject);
    if (!same) return await begin(identity ? { identity } : { customer: chosen });
    session = found;
    if (identity) session.identity = identity;
    await resume();
  } catch (error) {
    if (error.status === 401) return begin(found ?? {});
    view.banner(error.message, { label: "Try again", action: start });
  }
}

listen();
start();
