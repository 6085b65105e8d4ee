import { pods } from '@berth/kube'
import { expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

async function withLog(test: (log: (query: string) => Promise<string>) => Promise<void>): Promise<void> {
  await using cluster = await TestEngine.start()
  await cluster.create(machineOf('web'))
  const instance = await cluster.running('web')
  const selector = `kubevirt.io/created-by=${instance.metadata.uid ?? ''}`
  const [pod] = (await cluster.client.list(pods, { namespace, labelSelector: selector })).items
  const log = async (query: string): Promise<string> => {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod?.metadata.name ?? ''}/log?${query}`
    const answer = await cluster.client.transport.request({ method: 'GET', path })
    const chunks: Uint8Array[] = []
    for await (const chunk of answer.body) chunks.push(chunk)
    return `${answer.code === 200 ? '' : `${answer.code} `}${Buffer.concat(chunks).toString('utf8')}`
  }
  await until(
    'it greets',
    () => log(''),
    (text) => text.includes('Hello from'),
  )
  const console = await cluster.domain(instance).openSerial()
  console.write('one\ntwo\nthree\n')
  await until(
    'it echoes',
    () => log(''),
    (text) => text.includes('three'),
  )
  await test(log)
}

it('shows what the machine printed, cut to lines and bytes', async () => {
  await withLog(async (log) => {
    expect(await log('tailLines=2')).toBe('two\nthree\n')
    expect(await log('tailLines=0')).toBe('')
    expect(await log('tailLines=1&limitBytes=3')).toBe('thr')
    expect(await log('tailLines=100')).toContain('Hello from')
    expect(await log('container=guest-console-log&tailLines=1')).toBe('three\n')
    expect(await log('container=sidecar')).toMatch(/^400 .*container sidecar is not valid/)
    expect(await log('tailLines=-1')).toMatch(/^400 /)
    expect(await log('previous=true')).toMatch(/^400 /)
  })
})
