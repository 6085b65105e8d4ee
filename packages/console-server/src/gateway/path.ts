/** Which paths of a cluster's API a browser may ask for through the console, made anew from their parts so that none can step aside. */

import { ConsoleError } from '../errors.ts'

/** What a cluster serves beside these (`/logs`, `/debug`) is not for pages. */
const roots = new Set(['api', 'apis', 'openapi', 'version', 'healthz', 'livez', 'readyz'])
const maxLength = 8 * 1024
const maxSegments = 24

/**
 * `apis/kubevirt.io/v1/…?query` as it stood in the URL behind the gateway's own prefix, as a path for the cluster.
 * @throws {ConsoleError} BadRequest, Forbidden
 */
export function clusterPath(rest: string): string {
  if (rest.length > maxLength)
    throw new ConsoleError('BadRequest', `the address is longer than ${maxLength} characters`)
  const mark = rest.indexOf('?')
  const path = mark < 0 ? rest : rest.slice(0, mark)
  const query = mark < 0 ? '' : rest.slice(mark)
  const segments = path.split('/').map(segmentOf)
  if (segments.length > maxSegments) throw new ConsoleError('BadRequest', 'the address has too many parts')
  const [root = ''] = segments
  if (!roots.has(root)) throw new ConsoleError('BadRequest', `/${root} is no path of the Kubernetes API`)
  if (isProxy(segments)) {
    throw new ConsoleError('Forbidden', 'what runs in a cluster is not shown as part of the console (proxy)')
  }
  return `/${segments.map(encodeURIComponent).join('/')}${query}`
}

function segmentOf(text: string): string {
  let segment: string
  try {
    segment = decodeURIComponent(text)
  } catch {
    throw new ConsoleError('BadRequest', `${JSON.stringify(text)} is not valid in an address`)
  }
  // The names that kube-apiserver refuses, and what other servers take for a separator.
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (segment === '' || segment === '.' || segment === '..' || /[/\\%\u0000-\u001F\u007F]/.test(segment)) {
    throw new ConsoleError('BadRequest', `${JSON.stringify(segment)} cannot be part of an API path`)
  }
  return segment
}

/** `…/services/x/proxy`, `…/pods/x/proxy/…`, `…/nodes/x/proxy`: a program of the cluster would answer in the console's name. */
function isProxy(segments: readonly string[]): boolean {
  const kinds = ['pods', 'services', 'nodes']
  return segments[0] === 'api' && segments.some((part, at) => kinds.includes(part) && segments[at + 2] === 'proxy')
}
