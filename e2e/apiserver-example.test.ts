/** The example of packages/apiserver's README: it is what the README shows, and it works. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubectlWith, newestKubectl, type Kubectl } from '@berth/testkit'

const example = fileURLToPath(new URL('../packages/apiserver/examples/harbour.ts', import.meta.url))
const readme = fileURLToPath(new URL('../packages/apiserver/README.md', import.meta.url))

describe("the API server's example", () => {
  let directory: string
  let server: ReturnType<typeof spawn>
  let kubectl: Kubectl

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-harbour-'))
    server = spawn(process.execPath, [example], {
      cwd: directory,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (server.stdout === null) throw new Error('the example has no output')
    const ended = once(server, 'exit').then(([code]) => `ended with ${String(code)}`)
    const greeted = once(server.stdout, 'data').then(([line]) => String(line))
    expect(await Promise.race([greeted, ended])).toMatch(/^Ready\./)
    const kubeconfig = join(directory, 'harbour', 'kubeconfig')
    kubectl = kubectlWith({ program: await newestKubectl(), kubeconfig, home: directory })
  })

  afterAll(async () => {
    if (server.exitCode === null) {
      server.kill()
      await once(server, 'exit')
    }
    await rm(directory, { recursive: true, force: true })
  })

  it('is what the README shows', async () => {
    expect(await readFile(readme, 'utf8')).toContain(await readFile(example, 'utf8'))
  })

  it('serves its kind to kubectl, checked and explained', async () => {
    const boat = (sails: number) => ({
      apiVersion: 'harbour.example/v1',
      kind: 'Boat',
      metadata: { name: 'argo', namespace: 'default' },
      spec: { sails },
    })
    expect(await kubectl.failsWith(boat(0), 'apply', '-f', '-')).toContain('spec.sails')
    await kubectl.with(boat(2), 'apply', '-f', '-')
    expect(await kubectl('get', 'boats')).toMatch(/NAME +SAILS\nargo +2/)
    expect(await kubectl('explain', 'boats.spec')).toContain('sails')
  })
})
