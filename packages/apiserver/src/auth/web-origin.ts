/**
 * Web pages: a browser shows its client certificate to any server that asks, whichever page caused the request (RFC 6454 names
 * that page in `Origin`). A page of another origin must bring a token of its own; a certificate proves nothing about it.
 */

type Headers = Readonly<Record<string, string | undefined>>

/** True when a page of another origin than this server's caused the request. Programs send no `Origin`, or the server's own. */
export function isOfForeignPage({ origin, host, ...others }: Headers): boolean {
  if (origin === undefined) return false
  // A page of `kubectl proxy` asks that proxy, which passes this on. Only browsers can say it (Fetch Metadata): no page can set it.
  if (others['sec-fetch-site'] === 'same-origin') return false
  const page = URL.parse(origin)
  const own = URL.parse(`https://${host ?? ''}`)
  // `null`, of pages that hide where they are from, reads as no address.
  if (page === null || own === null) return true
  return page.hostname !== own.hostname || portOf(page) !== portOf(own)
}

/** Some programs name the server as `http:`, which on the port of a TLS server no page can have. */
function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port
}
