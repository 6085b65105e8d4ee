import { expect, it } from 'vitest'
import type { MachineExportObject } from '@berth/view'
import { pathOfFile } from './download-routes.ts'

const of = { namespace: 'shop', name: 'out', volume: 'data', format: 'raw' }
const own = '/api/export.kubevirt.io/v1/namespaces/shop/virtualmachineexports/out/volumes/data/disk.img'

function exported(url: string): MachineExportObject {
  return {
    apiVersion: 'export.kubevirt.io/v1',
    kind: 'VirtualMachineExport',
    metadata: { name: 'out', namespace: 'shop' },
    status: {
      phase: 'Ready',
      links: { external: { volumes: [{ name: 'data', formats: [{ format: 'raw', url }] }] } },
    },
  }
}

it("asks the cluster's own address, whatever host a status names", () => {
  expect(pathOfFile(exported(`https://127.0.0.1:6443${own}`), of)).toBe(own)
  expect(pathOfFile(exported(`https://elsewhere.example${own}?x=1`), of)).toBe(own)
})

it.each([
  ['another path', 'https://127.0.0.1:6443/api/v1/namespaces/shop/secrets/token'],
  [
    'a path that leaves its export',
    'https://127.0.0.1/api/export.kubevirt.io/v1/namespaces/shop/virtualmachineexports/out/../../../../../v1/secrets',
  ],
  ['an export of somebody else', `https://127.0.0.1${own.replace('/out/', '/other/')}`],
  ['the service of a cluster', 'https://virt-export-out.shop.svc/volumes/data/disk.img'],
  ['no address', 'not an address'],
])('follows %s nowhere', (_what, url) => {
  expect(() => pathOfFile(exported(url), of)).toThrow(/another address/)
})

it('says that there is no such file', () => {
  expect(() => pathOfFile(exported(`https://127.0.0.1${own}`), { ...of, format: 'qcow2' })).toThrow(
    /no qcow2 file of data/,
  )
})
