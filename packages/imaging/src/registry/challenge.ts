/** What a registry asks for when it answers 401: the `WWW-Authenticate` header (RFC 9110, section 11.6.1). Pure. */

export type Challenge = { scheme: 'basic' } | { scheme: 'bearer'; realm: string; service?: string; scope?: string }

const maxHeader = 8192

/** The first challenge we can meet; bearer before basic, as it gives away less. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > maxHeader) return undefined
  const challenges = split(header).flatMap(({ scheme, parameters }): Challenge[] => {
    if (scheme === 'basic') return [{ scheme: 'basic' }]
    const realm = parameters.get('realm')
    if (scheme !== 'bearer' || realm === undefined) return []
    const service = parameters.get('service')
    const scope = parameters.get('scope')
    return [
      {
        scheme: 'bearer',
        realm,
        ...(service === undefined ? {} : { service }),
        ...(scope === undefined ? {} : { scope }),
      },
    ]
  })
  return challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges[0]
}

interface Part {
  scheme: string
  parameters: Map<string, string>
}

/** A sticky pattern per kind of piece: each is tried once at each place, so the time is linear in the header. */
const parameter = /[\s,]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9!#$%&'*+.^_`|~/=-]+))/y
const scheme = /[\s,]*([A-Za-z][A-Za-z0-9-]*)(?=[\s,]|$)/y

function split(header: string): Part[] {
  const parts: Part[] = []
  let at = 0
  while (at < header.length) {
    parameter.lastIndex = at
    const pair = parameter.exec(header)
    if (pair !== null) {
      const value = pair[2]?.replace(/\\(.)/g, '$1') ?? pair[3] ?? ''
      parts.at(-1)?.parameters.set((pair[1] ?? '').toLowerCase(), value)
      at = parameter.lastIndex
      continue
    }
    scheme.lastIndex = at
    const name = scheme.exec(header)
    // Anything else is not of this grammar: what was understood so far counts.
    if (name === null) break
    parts.push({ scheme: (name[1] ?? '').toLowerCase(), parameters: new Map() })
    at = scheme.lastIndex
  }
  return parts
}
