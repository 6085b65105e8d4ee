/** Machines with disks whose content tests know. */

import { virtualMachineSnapshots, type VirtualMachineSnapshot } from '@berth/api'
import { persistentVolumeClaims } from '@berth/kube'
import { contentOf, writePattern } from '../testing/disk-content.ts'
import { dataVolumeOf } from '../testing/manifests.ts'
import { namespace, type TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

export const twoDisks = {
  dataVolumeTemplates: ['web-root', 'web-data'].map((name) => ({ metadata: { name }, spec: dataVolumeOf(name).spec })),
  spec: {
    volumes: [
      { name: 'root', dataVolume: { name: 'web-root' } },
      { name: 'data', dataVolume: { name: 'web-data' } },
      { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\n' } },
    ],
  },
}

export function snapshotOf(machine: string, name: string): VirtualMachineSnapshot {
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineSnapshot',
    metadata: { name, namespace },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: machine } },
  }
}

/** Ready, and its machine free again. */
export async function readySnapshot(cluster: TestEngine, name: string): Promise<VirtualMachineSnapshot> {
  return until(
    `snapshot ${name} is ready and its machine free`,
    async () => {
      const snapshot = await cluster.find(virtualMachineSnapshots, name)
      const machine = await cluster.machine(snapshot?.spec.source.name ?? '')
      return machine?.status?.snapshotInProgress === undefined ? snapshot : undefined
    },
    (snapshot) => snapshot?.status?.readyToUse === true,
  )
}

/** The images behind a claim. */
export async function imagesOf(cluster: TestEngine, claimName: string) {
  const claim = await cluster.client.get(persistentVolumeClaims, { namespace, name: claimName })
  return cluster.engine.services.volumes.images(`pvc-${claim.metadata.uid ?? ''}`)
}

/** As a guest would; no machine may have the disk. */
export async function writeTo(cluster: TestEngine, claimName: string, value: number): Promise<void> {
  await writePattern(await imagesOf(cluster, claimName), [{ at: 65_536, bytes: 4096, value }])
}

/** What `writeTo` wrote last. */
export async function valueIn(cluster: TestEngine, claimName: string): Promise<number | undefined> {
  return (await contentOf(await imagesOf(cluster, claimName)))[65_536]
}
