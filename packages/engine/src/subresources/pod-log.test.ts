import { namespaces, pods } from '@berth/kube'
import { expect, it } from 'vitest'
import { podOf } from '../instances/launcher-pod.ts'
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

it('shows no log of another namespace, whatever the labels and annotations of a pod say', async () => {
  await using cluster = await TestEngine.start()
  const { client } = cluster
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } })
  await cluster.create(machineOf('web'))
  const victim = await cluster.running('web')
  await cluster.create(machineOf('mine', { namespace: 'other' }))
  const pod = await until(
    'the other pod runs',
    async () => (await client.list(pods, { namespace: 'other' })).items[0],
    (found) => found?.status?.phase === 'Running',
  )
  const name = pod?.metadata.name ?? ''
  const log = async (): Promise<number> => {
    const answer = await client.transport.request({ method: 'GET', path: `/api/v1/namespaces/other/pods/${name}/log` })
    for await (const _ of answer.body);
    return answer.code
  }
  expect(await log()).toBe(200)
  const labels = { 'kubevirt.io/created-by': victim.metadata.uid ?? '' }
  const patch = { metadata: { labels, annotations: { 'kubevirt.io/domain': 'web' } } }
  await client.patch(pods, { namespace: 'other', name }, { type: 'merge', patch })
  expect(await log()).toBe(404)
  // Nor does the pod pass for the victim's: with it gone, that runs on.
  await client.delete(pods, { namespace: 'other', name })
  await until(
    'the pod is marked',
    () => cluster.find(pods, name, 'other'),
    (found) => found?.metadata.deletionTimestamp !== undefined || found === undefined,
  )
  const { items } = await client.list(pods, { namespace })
  expect(podOf(victim, cluster.engine.services.informers.pods)?.metadata.uid).toBe(items[0]?.metadata.uid)
  expect(cluster.domain(victim).status.state).toBe('running')
})
