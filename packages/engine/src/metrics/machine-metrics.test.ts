import { expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

/** Lines of the metrics that begin so. */
async function lines(cluster: TestEngine, beginning: string): Promise<string[]> {
  const { body } = await cluster.client.transport.request({ method: 'GET', path: '/metrics' })
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString()
  return text.split('\n').filter((line) => line.startsWith(beginning))
}

it('tells of machines and instances under the names of KubeVirt', async () => {
  await using cluster = await TestEngine.start()
  const machine = machineOf('web', { spec: { evictionStrategy: 'LiveMigrate' } })
  machine.spec.template.metadata = { annotations: { 'vm.kubevirt.io/os': 'debian' } }
  await cluster.create(machine)
  const off = machineOf('off', { runStrategy: 'Halted' })
  off.spec.template.metadata = { labels: null, annotations: null }
  await cluster.create(off)
  await cluster.running('web')
  await cluster.shows('off', 'Stopped')
  const info = await until(
    'the instance runs in the metrics too',
    () => lines(cluster, 'kubevirt_vmi_info{'),
    ([line]) => line?.includes('phase="running"') ?? false,
  )
  expect(info).toEqual([
    expect.stringMatching(
      /node="node-1",namespace="default",name="web",.*os="debian".*vmi_pod="virt-launcher-web-.*evictable="false".* 1$/,
    ),
  ])
  expect(await lines(cluster, 'kubevirt_vmi_phase_count{')).toEqual([
    'kubevirt_vmi_phase_count{node="node-1",phase="running"} 1',
  ])
  expect(await lines(cluster, 'kubevirt_vmi_non_evictable{')).toHaveLength(1)
  expect(await lines(cluster, 'kubevirt_number_of_vms{')).toEqual(['kubevirt_number_of_vms{namespace="default"} 2'])
  expect((await lines(cluster, 'kubevirt_vm_info{name="off"')).join()).toMatch(
    /status="stopped",status_group="non_running"/,
  )
  expect(await lines(cluster, 'kubevirt_vm_create_date_timestamp_seconds{')).toHaveLength(2)
})

it('tells what running machines use', async () => {
  await using cluster = await TestEngine.start()
  const volumes = [{ name: 'scratch', emptyDisk: { capacity: '1Mi' } }]
  await cluster.create(machineOf('web', { spec: { volumes } }))
  await cluster.running('web')
  const of = '{node="node-1",namespace="default",name="web"'
  for (const name of ['cpu_usage_seconds_total', 'memory_resident_bytes']) {
    expect((await lines(cluster, `kubevirt_vmi_${name}${of}} `)).join()).toMatch(/ [\d.]+$/)
  }
  // The simulated guest has an agent, which counts what its cards carry.
  expect((await lines(cluster, 'kubevirt_vmi_network_receive_bytes_total{')).join()).toMatch(
    /name="web",interface="default"} 0$/,
  )
  await cluster.act('web', 'stop')
  await cluster.shows('web', 'Stopped')
  cluster.clock.leap(1000)
  expect(await lines(cluster, 'kubevirt_vmi_memory_resident_bytes{')).toEqual([])
})
