/** What processors a QEMU can make: its models, and the features a guest can have. */

import type { QmpClient } from '../qmp/client.ts'
import type { ProcessorCapabilities } from '../spec/compute-capabilities.ts'

/** Switches of QEMU's processors that are no features of a processor (target/i386/cpu.c, x86_cpu_properties). */
const otherSwitches = new Set([
  'check',
  'enforce',
  'cpuid-0xb',
  'fill-mtrr-mask',
  'full-cpuid-auto-level',
  'full-width-write',
  'host-cache-info',
  'host-phys-bits',
  'l3-cache',
  'legacy-cache',
  'lmce',
  'migratable',
  'pmu',
  'realized',
  'start-powered-off',
  'tcg-cpuid',
  'vmware-cpuid-freq',
])

/** Hints and interfaces of the hypervisor, and experiments. */
const otherPrefixes = ['hv-', 'kvm', 'x-']

/** Not in the model itself: QEMU sets it for every machine with more than one processor. */
const alwaysThere = ['ht']

/** @param best the model that has all this acceleration can do: `max`, or `host` under KVM */
export async function readProcessor(qmp: QmpClient, best: 'max' | 'host'): Promise<ProcessorCapabilities> {
  const [models, properties] = await Promise.all([
    qmp.execute('query-cpu-definitions'),
    // Those that a migration could not carry are features all the same.
    qmp.execute('query-cpu-model-expansion', { type: 'full', model: { name: best, props: { migratable: false } } }),
  ])
  const features: Record<string, boolean> = {}
  const switches: string[] = []
  for (const [name, value] of Object.entries(properties)) {
    const feature =
      typeof value === 'boolean' && !otherSwitches.has(name) && !otherPrefixes.some((prefix) => name.startsWith(prefix))
    if (feature) features[name] = value
    else switches.push(name)
  }
  for (const name of alwaysThere) features[name] = true
  return { missing: Object.fromEntries(models.map(({ name, missing }) => [name, missing])), features, switches }
}
