// What an answer says about why not now, and when.

// How long until it may be asked again; null when the server did not say.
export function retryMs(response) {
  const seconds = Number.parseFloat(response?.headers?.get("Retry-After") ?? "");
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}

// The name of the limit that said no; "busy" when it was the server's state.
export function limitOf(response) {
  if (response?.status !== 429) return response?.status === 503 ? "busy" : "";
  return /^"(\w+)"/.exec(response.headers.get("RateLimit") ?? "")?.[1] ?? "write";
}
