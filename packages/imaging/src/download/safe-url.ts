/** Addresses for downloads: what is accepted, and how they are shown without secrets. */

import { ImagingError } from '../errors.ts'

/**
 * @throws {ImagingError} InvalidArgument unless it is an http or https address
 */
export function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ImagingError(
      'InvalidArgument',
      `"${url ? showUrl(url) : '(unreadable)'}" is not an http or https address`,
    )
  }
  try {
    decodeURIComponent(url.username + url.password)
  } catch (cause) {
    throw new ImagingError('InvalidArgument', `the credentials in the address ${showUrl(url)} cannot be read`, {
      cause,
    })
  }
  return url
}

/** Without user, password, query and fragment: signed links carry their secret in the query. */
export function showUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}`
}
