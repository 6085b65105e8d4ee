import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testDirectory } from '../test-directory.testkit.ts'
import { parseAptSources, readHostSources, sourcesFor } from './host-apt.ts'

const deb822 = `# a comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
 contrib
Signed-By: /x.gpg

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
`

describe('parseAptSources', () => {
  it('reads enabled binary sources of the deb822 form', () => {
    const components = ['main', 'contrib']
    expect(parseAptSources('debian.sources', deb822)).toEqual([
      { uri: 'http://mirror.example/debian', suite: 'bookworm', components },
      { uri: 'http://mirror.example/debian', suite: 'bookworm-updates', components },
    ])
  })

  it('reads the one-line form', () => {
    const text =
      '# no\ndeb [arch=amd64 signed-by=/k] https://m.example/debian bookworm main non-free # why\ndeb-src x y z\n'
    expect(parseAptSources('sources.list', text)).toEqual([
      { uri: 'https://m.example/debian', suite: 'bookworm', components: ['main', 'non-free'] },
    ])
  })
})

describe('sourcesFor', () => {
  const source = (uri: string, suite: string): { uri: string; suite: string; components: string[] } => ({
    uri,
    suite,
    components: ['main'],
  })
  const uris = (host: ReturnType<typeof source>[]): string[] => sourcesFor('bookworm', host).map(({ uri }) => uri)

  it('uses the mirrors of the same release', () => {
    const host = [
      source('http://a/debian', 'trixie'),
      source('http://b/mirror', 'bookworm'),
      source('http://s/sec', 'bookworm-security'),
    ]
    expect(uris(host)).toEqual(['http://b/mirror', 'http://a/debian', 'http://s/sec'])
  })

  it("uses another release's mirrors, and Debian's own on other distributions", () => {
    expect(uris([source('http://a/debian/', 'trixie')])[0]).toBe('http://a/debian/')
    expect(uris([source('http://u/ubuntu', 'noble')])).toEqual([
      'http://deb.debian.org/debian',
      'http://deb.debian.org/debian',
      'http://deb.debian.org/debian-security',
    ])
  })

  it('does not use removable media', () => {
    expect(uris([source('cdrom:[x]/debian', 'bookworm')])[0]).toBe('http://deb.debian.org/debian')
  })
})

describe('readHostSources', () => {
  const root = testDirectory()

  it('reads all files of /etc/apt, and only those apt reads', async () => {
    await mkdir(join(root, 'etc/apt/sources.list.d'), { recursive: true })
    await writeFile(join(root, 'etc/apt/sources.list'), 'deb http://one/debian bookworm main\n')
    await writeFile(join(root, 'etc/apt/sources.list.d/two.sources'), deb822)
    await writeFile(join(root, 'etc/apt/sources.list.d/old.list.disabled'), 'deb http://three/debian bookworm main\n')
    const uris = (await readHostSources(root)).map(({ uri }) => uri)
    expect([...new Set(uris)]).toEqual(['http://one/debian', 'http://mirror.example/debian'])
  })

  it('finds none where there is no apt', async () => {
    expect(await readHostSources(join(root, 'nothing'))).toEqual([])
  })
})
