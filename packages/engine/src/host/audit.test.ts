import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configMaps, connectionOf, createClient, createHttpTransport, loadKubeconfig } from '@berth/kube'
import { describe, expect, it, onTestFinished } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { namespace, temporaryFolder, TestEngine } from '../testing/test-engine.ts'
import { checkAuditLog } from './audit-check.ts'

async function folder(): Promise<string> {
  const path = await temporaryFolder()
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Three changes by the administrator over TLS, and what the engine did for a machine meanwhile. */
async function recordedIn(dataDir: string): Promise<string> {
  await using cluster = await TestEngine.start({ dataDir })
  const { paths } = cluster.engine
  await cluster.create(machineOf('web'))
  await cluster.running('web')
  const { connection } = await connectionOf(await loadKubeconfig([paths.adminKubeconfig]))
  const client = createClient(createHttpTransport(connection))
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'noted', namespace }, data: { word: 'hidden' } }
  const made = await client.create(configMaps, map)
  await client.update(configMaps, { ...made, data: { word: 'hidden too' } })
  await client.delete(configMaps, { namespace, name: 'noted' })
  await client.transport.close()
  return paths.auditLog
}

describe('the audit log of an engine', () => {
  it('keeps who changed what over a socket, without what it holds, and nothing of its own work', async () => {
    const dataDir = await folder()
    const log = await readFile(await recordedIn(dataDir), 'utf8')
    const kept = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { verb: string; user: { username: string } })
    expect(kept.map(({ verb, user }) => [verb, user.username])).toEqual([
      ['create', 'berth-admin'],
      ['update', 'berth-admin'],
      ['delete', 'berth-admin'],
    ])
    expect(log).not.toContain('hidden')
    expect(await checkAuditLog({ dataDir })).toMatchObject({ verdict: { ok: true, lines: 3 } })
  })

  it('shows that a line was taken out', async () => {
    const dataDir = await folder()
    const path = await recordedIn(dataDir)
    const lines = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, lines.toSpliced(1, 1).join('\n'))
    expect((await checkAuditLog({ dataDir })).verdict).toMatchObject({ ok: false, problem: 'Missing' })
  })

  it('is not there where no engine kept one', async () => {
    expect(await checkAuditLog({ dataDir: await folder() })).toMatchObject({ files: [], verdict: { lines: 0 } })
  })
})

describe('files named at the start', () => {
  it.each([
    ['an audit policy', 'auditPolicy', 'kind: Nothing\n', 'the audit policy is not valid'],
    ['an authentication configuration', 'authenticationConfig', '{', 'the authentication configuration is not YAML'],
  ] as const)('%s with a fault stops the start, with what to do', async (_what, option, text, words) => {
    const dataDir = await folder()
    const file = join(dataDir, 'file.yaml')
    await writeFile(file, text)
    const start = TestEngine.start({ dataDir, engine: { access: { [option]: file } } })
    await expect(start).rejects.toMatchObject({ message: expect.stringContaining(words), remedy: expect.any(String) })
  })

  it('that cannot be read stop the start', async () => {
    const dataDir = await folder()
    const start = TestEngine.start({ dataDir, engine: { access: { auditPolicy: join(dataDir, 'none.yaml') } } })
    await expect(start).rejects.toMatchObject({ code: 'FileUnreadable' })
  })
})
