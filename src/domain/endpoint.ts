/** A usable endpoint's origin, or why no key is sent there. */
export type EndpointCheck =
  { ok: true; origin: string } | { ok: false; problem: 'malformed' | 'notAllowed'; message: string };

/** Braze's REST hosts. https://www.braze.com/docs/api/basics/#endpoints (read 2026-11-21) */
const BRAZE_ORIGIN = /^https:\/\/rest\.[a-z0-9-]+\.braze\.(com|eu)$/;
const BRAZE_OTHER_HOST = /^(?:dashboard|sdk)[.-]([a-z0-9-]+)\.braze\.(com|eu)$/;
const WHERE_TO_LOOK = 'Copy the REST endpoint from Settings > APIs and Identifiers in Braze.';

/** Whether an address is an origin in form: http or https, a host, maybe a port, and nothing after it. */
export function readEndpoint(raw: string): EndpointCheck {
  const text = raw.trim();
  if (!/^https?:\/\//i.test(text)) {
    return malformed(`must begin with https://, e.g. https://rest.iad-01.braze.com. ${WHERE_TO_LOOK}`);
  }
  if (!URL.canParse(text)) return malformed(`is not an address. ${WHERE_TO_LOOK}`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return malformed('must not carry a user name or password');
  if (url.search !== '' || url.hash !== '' || !/^\/*$/.test(url.pathname)) {
    return malformed(`must end after the host, without a path. ${WHERE_TO_LOOK}`);
  }
  return { ok: true, origin: url.origin };
}

/** Whether a REST key may be sent to an address: one of Braze's own, or an origin that the operator allows. */
export function checkBrazeEndpoint(raw: string, allowedOrigins: readonly string[]): EndpointCheck {
  const read = readEndpoint(raw);
  if (!read.ok) return read;
  if (BRAZE_ORIGIN.test(read.origin) || allowsOrigin(allowedOrigins, read.origin)) return read;
  return { ok: false, problem: 'notAllowed', message: `${read.origin} ${adviceFor(new URL(read.origin))}` };
}

/** Whether an S3 address is among those that the operator allows; without one it is the provider's own. */
export function allowsOrigin(allowedOrigins: readonly string[], endpoint: string): boolean {
  const wanted = readEndpoint(endpoint);
  return (
    wanted.ok &&
    allowedOrigins.some((allowed) => {
      const read = readEndpoint(allowed);
      return read.ok && read.origin === wanted.origin;
    })
  );
}

function malformed(message: string): EndpointCheck {
  return { ok: false, problem: 'malformed', message };
}

function adviceFor(url: URL): string {
  const other = BRAZE_OTHER_HOST.exec(url.hostname);
  if (other !== null) return `is not Braze's REST host but its dashboard or SDK host. ${WHERE_TO_LOOK}`;
  if (url.protocol === 'http:' && BRAZE_ORIGIN.test(`https://${url.host}`)) {
    return 'would carry the key unencrypted: use https://.';
  }
  return "is not one of Braze's REST hosts (https://rest.<instance>.braze.com or .eu) and not among BRAZIER_ALLOWED_HOSTS.";
}
