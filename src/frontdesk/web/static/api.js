// The desk's HTTP API. The token travels in a header alone.

export class ApiError extends Error {
  /** @param {number} status 0 when the desk was not reached. */
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export async function request(path, { method = "GET", token, body, headers = {}, signal } = {}) {
  const all = { ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  if (body !== undefined) all["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, signal, headers: all, cache: "no-store", credentials: "omit",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The desk can't be reached.");
  }
  if (response.ok) return response;
  let message = `The desk answered ${response.status}.`;
  try {
    message = (await response.json()).error.message;
  } catch { /* not ours: a proxy's page */ }
  throw new ApiError(response.status, message);
}

export const json = async (path, options) => (await request(path, options)).json();

const CURRENT = "api/conversations/current";

export const desk = () => json("api/desk");
export const open = (identity) =>
  json("api/conversations", { method: "POST", body: identity ? { identity } : {} });
export const history = (token) => json(CURRENT, { token });
export const send = (token, { kind, ...body }) =>
  json(`${CURRENT}/${kind}`, { method: "POST", token, body });
export const events = (token, after, signal) =>
  request(`${CURRENT}/events`, {
    token, signal, headers: { "Last-Event-ID": String(after), Accept: "text/event-stream" },
  });
export const demoCustomers = async () => (await json("demo/customers")).customers;
export const demoIdentity = async (customer) =>
  (await json("demo/identity", { method: "POST", body: { customer } })).identity;
