// What is on the page. Everything that people wrote is put in as text, never as markup.

const $ = (id) => document.getElementById(id);
const log = $("log");

export const parts = {
  chat: $("chat"), composer: $("composer"), text: $("text"), send: $("send"), person: $("person"),
  fresh: $("new"), demo: $("demo"), customer: $("customer"),
};

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

// -- the log ----------------------------------------------------------------------------------

let speaker = "";
let stuck = true;
log.addEventListener("scroll", () => { stuck = atEnd(); });
// The composer grew, or a keyboard came up: whoever read the end still does.
new ResizeObserver(() => { if (stuck) toEnd(); }).observe(log);

function atEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 120;
}

export function toEnd() {
  log.scrollTop = log.scrollHeight;
}

function add(node, from, always = false) {
  const follow = always || atEnd();
  if (from !== speaker) node.classList.add("turn");
  speaker = from;
  log.append(node);
  if (follow) toEnd();
}

function entry(kind, text, name) {
  const node = element("div", `entry ${kind}`);
  if (name) {
    const who = element("div", "name", name);
    who.dir = "auto";
    node.append(who);
  } else {
    const who = kind === "mine" ? "You: " : "Assistant: ";
    node.append(element("span", "visually-hidden", who));
  }
  const bubble = element("div", "bubble", text);
  bubble.dir = "auto";
  node.append(bubble);
  return node;
}

export function clear() {
  for (const node of [...log.querySelectorAll(".entry, .notice")]) node.remove();
  speaker = "";
  typing(false);
}

/** While the past is put in, nothing is read out and nothing moves. */
export function busy(yes) {
  log.setAttribute("aria-busy", String(yes));
  log.setAttribute("aria-live", yes ? "off" : "polite");
  if (!yes) toEnd();
}

export function notice(text) {
  const node = element("p", "notice", text);
  node.dir = "auto";
  add(node, "notice");
}

/** A message of the customer, with its delivery: sending, sent, failed or done. */
export function mine(text, retry) {
  const node = entry("mine", text);
  const state = element("div", "state");
  node.append(state);
  add(node, "mine", true);
  return {
    state(name, why) {
      node.classList.toggle("sending", name === "sending");
      node.classList.toggle("failed", name === "failed");
      state.replaceChildren();
      if (name === "sending") state.append("Sending…");
      if (name === "sent") state.append("Sent");
      if (name === "failed") {
        const again = element("button", "link", "Try again");
        again.type = "button";
        again.addEventListener("click", retry);
        state.setAttribute("role", "alert");
        state.append(why ? `Not sent. ${why}` : "Not sent.", again);
      }
      if (atEnd()) toEnd();
    },
    remove: () => node.remove(),
  };
}

export function reply({ text, buttons, citations }, pressed) {
  retire();
  const node = entry("desk", text);
  for (const citation of citations) node.append(source(citation, text));
  if (buttons.length) node.append(choices(buttons, pressed));
  add(node, "desk");
}

export function person({ name, text }) {
  retire();
  add(entry("person", text, name), `person ${name}`);
}

function choices(buttons, pressed) {
  const group = element("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Answers to choose from");
  if (buttons.some((button) => button.label.length > 24)) group.classList.add("long");
  for (const button of buttons) {
    const choice = element("button", "choice", button.label);
    choice.type = "button";
    choice.dir = "auto";
    choice.addEventListener("click", () => {
      retire();
      choice.classList.add("chosen");
      pressed(button);
    });
    group.append(choice);
  }
  return group;
}

/** Buttons count while theirs is the newest reply. */
export function retire() {
  for (const button of log.querySelectorAll(".choice:enabled")) button.disabled = true;
}

function source({ title, passage }, text) {
  if (text.includes(passage)) {
    const plain = element("div", "source");
    plain.append(element("p", "", `From: ${title}`));
    plain.dir = "auto";
    return plain;
  }
  const details = element("details", "source");
  details.dir = "auto";
  details.append(element("summary", "", `Source: ${title}`), element("blockquote", "", passage));
  return details;
}

// -- around the log -----------------------------------------------------------------------------

let typingTimer;

/** Shown when the desk takes longer than a moment. */
export function typing(yes) {
  clearTimeout(typingTimer);
  if (yes && !$("typing").hidden) return;
  const set = () => {
    const follow = atEnd();
    $("typing").hidden = !yes;
    $("typing-words").textContent = yes ? "The assistant is writing" : "";
    if (follow) toEnd();
  };
  if (yes) typingTimer = setTimeout(set, 300);
  else set();
}

export function desk({ name, language, message_characters: most, demo }) {
  document.title = name;
  document.documentElement.lang = language;
  $("desk").textContent = name;
  const initials = name.split(/\s+/).map((word) => [...word][0] ?? "").slice(0, 2);
  $("badge").textContent = initials.join("").toUpperCase();
  parts.text.dataset.most = most;
  parts.demo.hidden = !demo;
}

/** What screen readers and spell checkers take the page to be in. */
export function language(code) {
  document.documentElement.lang = code;
}

export function intro(customer) {
  const as = customer ? `, signed in as ${customer}` : "";
  $("intro").textContent =
    `You are talking to an automated assistant${as}. You can ask for a person at any time.`;
}

export function customers(known, chosen) {
  const none = new Option("Not signed in", "");
  const options = known.map(({ id, name }) => new Option(name, id));
  parts.customer.replaceChildren(...options, none);
  parts.customer.value = chosen;
}

let opening = true;
let called = false;

/** Until there is a conversation. */
export function waiting(yes) {
  opening = yes;
  parts.person.disabled = opening || called;
}

/** Who has the conversation: the desk, nobody yet, or a colleague by name. */
export function holder(who, name = "") {
  const words = {
    desk: "Automated assistant",
    queue: "Waiting for a colleague",
    person: `${name}, a colleague`,
  };
  $("holder").textContent = words[who];
  called = who !== "desk";
  parts.person.disabled = opening || called;
  parts.person.lastChild.textContent = who === "desk" ? "Talk to a person" : {
    queue: "A colleague has been called", person: `You are talking to ${name}`,
  }[who];
}

/** A line at the top; with `action`, something to press. */
export function banner(text, { calm = false, label, action } = {}) {
  const node = $("banner");
  node.replaceChildren();
  node.hidden = !text;
  node.classList.toggle("calm", calm);
  if (!text) return;
  node.append(element("span", "", text));
  if (!action) return;
  const button = element("button", "link", label);
  button.type = "button";
  button.addEventListener("click", action);
  node.append(button);
}

// -- the composer -------------------------------------------------------------------------------

/** Makes the field as high as its text, and says when there is too much of it. */
export function measure() {
  const { text, send } = parts;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
  const most = Number(text.dataset.most || 4000);
  const left = most - [...text.value].length;
  $("count").textContent = left < 0 ? `${-left} characters too many` : "";
  text.setAttribute("aria-invalid", String(left < 0));
  send.disabled = left < 0 || !text.value.trim();
  return !send.disabled;
}

/** Keeps the page above the keyboard where the browser doesn't. */
export function fitKeyboard() {
  const visible = window.visualViewport;
  if (!visible) return;
  const fit = () => {
    const covered = window.innerHeight - visible.height > 80 && visible.scale < 1.01;
    const style = document.documentElement.style;
    if (covered) style.setProperty("--visible", `${visible.height}px`);
    else style.removeProperty("--visible");
    if (covered) window.scrollTo(0, 0);
  };
  visible.addEventListener("resize", fit);
}
