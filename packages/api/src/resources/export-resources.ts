/** Exports of disks. */

import { textColumn } from './shape.ts'
import type { ResourceData } from './shape.ts'

const webhook = 'virtualmachineexport-validator.export.kubevirt.io'

export const exportResources = {
  virtualMachineExport: {
    group: 'export.kubevirt.io',
    versions: [
      { name: 'v1' },
      {
        name: 'v1beta1',
        deprecated:
          'export.kubevirt.io/v1beta1 VirtualMachineExport is now deprecated and will be removed in a future version.',
      },
    ],
    kind: 'VirtualMachineExport',
    listKind: 'VirtualMachineExportList',
    resource: 'virtualmachineexports',
    singular: 'virtualmachineexport',
    shortNames: ['vmexport', 'vmexports'],
    categories: ['all'],
    namespaced: true,
    // The same in both versions.
    schemaName: 'io.kubevirt.v1beta1.VirtualMachineExport',
    status: true,
    columns: [
      textColumn('SourceKind', '.spec.source.kind'),
      textColumn('SourceName', '.spec.source.name'),
      textColumn('Phase', '.status.phase'),
    ],
    webhooks: { createValidator: webhook, updateValidator: webhook },
  },
} as const satisfies Record<string, ResourceData>
