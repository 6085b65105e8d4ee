import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { connectTo } from './testing/connection.ts'
import { configMap } from './testing/plane.ts'
import { freePort, spawnServer } from './testing/server-child.ts'

const maps = '/api/v1/namespaces/default/configmaps'

it('a server whose disk is full says so, goes on reading, and writes again when there is room', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'berth-full-'))
  const port = await freePort()
  let server = spawnServer(directory, port, 600_000)
  try {
    await server.ready
    const ca = await readFile(join(directory, 'ca.crt'), 'utf8')
    const connection = connectTo(port, ca)
    const kept: string[] = []
    const refused: string[] = []
    for (let index = 0; refused.length < 5 && index < 500; index += 1) {
      const name = `m-${String(index).padStart(3, '0')}`
      const { code, text } = await connection.send(
        'POST',
        maps,
        configMap(name, { data: { text: 'x'.repeat(10_000) } }),
      )
      if (code === 201) kept.push(name)
      else refused.push(`${code} ${text}`)
    }
    expect(kept.length).toBeGreaterThan(5)
    expect(refused).toHaveLength(5)
    for (const each of refused) {
      expect(each).toMatch(/^503 /)
      expect(each).toContain('the store cannot write')
      expect(each).toContain('retryAfterSeconds')
    }
    const list = async (): Promise<string[]> => {
      const { text } = await connection.send('GET', maps)
      const { items }: { items: { metadata: { name: string } }[] } = JSON.parse(text)
      return items.map(({ metadata }) => metadata.name)
    }
    expect(await list()).toEqual(kept)

    execFileSync('prlimit', ['--fsize=unlimited:unlimited', `--pid=${server.pid}`])
    expect((await connection.send('POST', maps, configMap('z'))).code).toBe(201)
    expect(await list()).toEqual([...kept, 'z'])
    await server.kill()
    server = spawnServer(directory, port)
    await server.ready
    expect(await list()).toEqual([...kept, 'z'])
    connection.close()
  } finally {
    await server.kill()
    await rm(directory, { recursive: true, force: true })
  }
})
