import { describe, expect, it } from 'vitest'
import { exampleMachine, exampleSpec } from './testing/examples.ts'
import { claimNames, dataVolumeNames, ownDataVolumeNames, requiredInputs, volumeSourceKind } from './volumes.ts'

const spec = {
  ...exampleSpec(),
  volumes: [
    { name: 'a', dataVolume: { name: 'root' } },
    { name: 'b', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'c', persistentVolumeClaim: { claimName: 'root' } },
    { name: 'd', cloudInitNoCloud: { secretRef: { name: 'user' }, networkDataSecretRef: { name: 'net' } } },
    { name: 'e', secret: { secretName: 'keys' } },
    { name: 'f', secret: { secretName: 'maybe', optional: true } },
    { name: 'g', configMap: { name: 'settings' } },
    { name: 'h', emptyDisk: { capacity: '1Gi' } },
  ],
}

describe('what volumes refer to', () => {
  it('names every claim once, also those of DataVolumes', () => {
    expect(claimNames(spec)).toEqual(['root', 'data'])
    expect(dataVolumeNames(spec)).toEqual(['root'])
    expect(claimNames(exampleSpec())).toEqual([])
  })

  it('names the secrets and config maps a start needs', () => {
    expect(requiredInputs(spec)).toEqual({ secrets: ['user', 'net', 'keys'], configMaps: ['settings'] })
  })

  it('knows which source a volume has', () => {
    expect(spec.volumes.map(volumeSourceKind).slice(5)).toEqual(['secret', 'configMap', 'emptyDisk'])
    expect(volumeSourceKind({ name: 'x' })).toBeUndefined()
  })

  it('names the DataVolumes a machine makes', () => {
    const machine = exampleMachine()
    machine.spec.dataVolumeTemplates = [{ metadata: { name: 'root' }, spec: {} }]
    expect(ownDataVolumeNames(machine)).toEqual(['root'])
  })
})
