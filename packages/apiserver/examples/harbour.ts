import { writeFileSync } from 'node:fs'
import { makeKubeconfig, openControlPlane, openPki, systemClock, type ResourceDefinition } from '@berth/apiserver'
import { openStore } from '@berth/store'

const spec = { type: 'object', required: ['sails'], properties: { sails: { type: 'integer', minimum: 1 } } } as const
const boats: ResourceDefinition = {
  group: 'harbour.example',
  versions: [{ name: 'v1' }],
  kind: 'Boat',
  resource: 'boats',
  singular: 'boat',
  namespaced: true,
  schemaName: 'example.harbour.v1.Boat',
  schema: { type: 'object', properties: { spec } },
  columns: [{ name: 'Sails', type: 'integer', value: '.spec.sails' }],
}
const store = await openStore({ directory: 'harbour/store' })
const pki = await openPki({ directory: 'harbour/pki', clock: systemClock })
const plane = await openControlPlane({ store, pki, definitions: [boats] })
const { port } = await plane.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 6443) })
const access = { pki, server: `https://127.0.0.1:${port}`, user: 'captain', groups: ['system:masters'] }
writeFileSync('harbour/kubeconfig', await makeKubeconfig(access), { mode: 0o600 })
process.stdout.write('Ready. Try: kubectl --kubeconfig harbour/kubeconfig explain boats.spec\n')
