/** Takes mirrors and proxies from the machine's own apt, so that an image builds wherever the machine installs packages. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProcess } from '../run-process.ts'

export interface AptSource {
  uri: string
  suite: string
  components: string[]
}

/** The enabled binary sources of one file: deb822 (`.sources`) or one-line (`.list`) form, see sources.list(5). */
export function parseAptSources(name: string, text: string): AptSource[] {
  return name.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text)
}

function parseDeb822(text: string): AptSource[] {
  const clean = text.replaceAll(/^#.*\n?/gm, '')
  return clean.split(/\n\s*\n/).flatMap((paragraph) => {
    const fields = new Map<string, string[]>()
    for (const [, key = '', value = ''] of paragraph.matchAll(/^([A-Za-z-]+):((?:.*(?:\n[ \t].*)*))/gm)) {
      fields.set(key.toLowerCase(), value.trim().split(/\s+/))
    }
    const list = (key: string): string[] => fields.get(key) ?? []
    if (!list('types').includes('deb') || list('enabled')[0]?.toLowerCase() === 'no') return []
    return list('uris').flatMap((uri) =>
      list('suites').map((suite) => ({ uri, suite, components: list('components') })),
    )
  })
}

function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line)
    const [, uri = '', suite = '', components = ''] = match ?? []
    return match ? [{ uri, suite, components: components.trim().split(/\s+/) }] : []
  })
}

/**
 * Where to get a Debian release from: the machine's own sources of that release; else the mirrors it uses for other Debian
 * releases; else Debian's own servers.
 */
export function sourcesFor(release: string, host: readonly AptSource[]): AptSource[] {
  const components = ['main']
  const usable = host.filter((source) => /^(?:https?|file|copy):/.test(source.uri))
  const mirrorOf = (suffix: string, path: RegExp): string | undefined =>
    usable.find((source) => source.suite === release + suffix && source.components.includes('main'))?.uri ??
    usable.find((source) => path.test(source.uri))?.uri
  const main = mirrorOf('', /\/debian\/?$/) ?? 'http://deb.debian.org/debian'
  const security = mirrorOf('-security', /\/debian-security\/?$/) ?? 'http://deb.debian.org/debian-security'
  return [
    { uri: main, suite: release, components },
    { uri: mirrorOf('-updates', /\/debian\/?$/) ?? main, suite: `${release}-updates`, components },
    { uri: security, suite: `${release}-security`, components },
  ]
}

/** All sources in /etc/apt. `root` is the file system's root, for tests. */
export async function readHostSources(root = '/'): Promise<AptSource[]> {
  const apt = join(root, 'etc/apt')
  const parts = await readdir(join(apt, 'sources.list.d')).catch(() => [])
  const files = ['sources.list', ...parts.toSorted(byText).map((part) => join('sources.list.d', part))]
  const sources: AptSource[] = []
  for (const file of files.filter((name) => /\.(?:list|sources)$/.test(name))) {
    // An unreadable or absent file offers no mirror; apt itself ignores absent ones too.
    const text = await readFile(join(apt, file), 'utf8').catch(() => '')
    sources.push(...parseAptSources(file, text))
  }
  return sources
}

/** Settings of the machine's apt that decide whether it reaches its mirrors: proxies, certificates, tolerance of dates. */
const carriedOver = /^Acquire::(?:https?::|ForceIPv[46]|Retries|Check-Date|Check-Valid-Until|Max-ValidTime)/i

/** The carried-over settings as apt.conf lines. They are used while building and do not stay in the image. */
export async function readHostAptOptions(signal?: AbortSignal): Promise<string[]> {
  const { stdout } = await runProcess({
    command: 'apt-config',
    args: ['dump'],
    purpose: 'reading the settings of apt',
    timeoutMs: 30_000,
    signal,
  })
  return stdout.split('\n').filter((line) => carriedOver.test(line) && /"[^"]+";$/.test(line))
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
