import type { DataSource, VirtualMachine } from '@berth/api'
import { describe, expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { imageLabels } from './image-labels.ts'

const stored: Record<string, DataSource> = {
  'default/own': image('own', { pvc: { name: 'golden' } }),
  'images/golden': image('golden', { pvc: { name: 'golden' } }),
  'default/referring': image('referring', { dataSource: { name: 'golden', namespace: 'images' } }),
  'default/dangling': image('dangling', { dataSource: { name: 'none', namespace: 'images' } }),
}

function image(name: string, source: object): DataSource {
  const metadata = { name, namespace: 'default', labels: { is: name } }
  return { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'DataSource', metadata, spec: { source } }
}

function from(name: string, namespace?: string): VirtualMachine {
  const sourceRef = { kind: 'DataSource', name, ...(namespace === undefined ? {} : { namespace }) }
  return machineOf('m', { dataVolumeTemplates: [{ metadata: { name: 'disk' }, spec: { sourceRef } }] })
}

describe('imageLabels', () => {
  const asked: string[] = []
  const dataSource = async (namespace: string, name: string): Promise<DataSource | undefined> => {
    asked.push(name)
    return stored[`${namespace}/${name}`]
  }

  it.each<[string, VirtualMachine, [string, string], string | undefined]>([
    ['of the own namespace', from('own'), ['default', 'own'], 'own'],
    ['of another', from('golden', 'images'), ['images', 'golden'], 'golden'],
    ['of the one it refers to', from('referring'), ['default', 'referring'], 'golden'],
    ['of one that refers to nothing', from('dangling'), ['default', 'dangling'], undefined],
    ['of none', from('none'), ['default', 'none'], undefined],
  ])('%s', async (_what, machine, [namespace, name], label) => {
    const labels = await imageLabels(machine, { dataSource })
    expect(labels(namespace, name)?.['is']).toBe(label)
  })

  it('are not looked up for a machine that says its architecture', async () => {
    const machine = from('own')
    machine.spec.template.spec.architecture = 'amd64'
    asked.length = 0
    expect((await imageLabels(machine, { dataSource }))('default', 'own')).toBeUndefined()
    expect(asked).toEqual([])
  })
})
