/** Templates of machines, and requests to make one from a machine. */

import { age, conditionColumn, textColumn, type ColumnData, type ResourceData } from './shape.ts'

const group = 'template.kubevirt.io'

/** The published columns quote with double marks. */
const condition = (type: string): ColumnData => ({
  ...conditionColumn(type, type),
  value: `.status.conditions[?(@.type=="${type}")].status`,
})

/** The older version is told of in the words Kubernetes has for kinds that bring none of their own. */
const versionsOf = (kind: string): ResourceData['versions'] => [
  { name: 'v1beta1' },
  { name: 'v1alpha1', deprecated: `${group}/v1alpha1 ${kind} is deprecated` },
]

export const templateResources = {
  virtualMachineTemplate: {
    group,
    versions: versionsOf('VirtualMachineTemplate'),
    kind: 'VirtualMachineTemplate',
    listKind: 'VirtualMachineTemplateList',
    resource: 'virtualmachinetemplates',
    singular: 'virtualmachinetemplate',
    shortNames: ['vmt', 'vmts'],
    categories: [],
    namespaced: true,
    schemaName: 'io.kubevirt.template.v1beta1.VirtualMachineTemplate',
    status: true,
    columns: [age, condition('Ready')],
    webhooks: {
      createValidator: 'vvirtualmachinetemplate-v1beta1.kb.io',
      updateValidator: 'vvirtualmachinetemplate-v1beta1.kb.io',
    },
  },
  virtualMachineTemplateRequest: {
    group,
    versions: versionsOf('VirtualMachineTemplateRequest'),
    kind: 'VirtualMachineTemplateRequest',
    listKind: 'VirtualMachineTemplateRequestList',
    resource: 'virtualmachinetemplaterequests',
    singular: 'virtualmachinetemplaterequest',
    shortNames: ['vmtr', 'vmtrs'],
    categories: [],
    namespaced: true,
    schemaName: 'io.kubevirt.template.v1beta1.VirtualMachineTemplateRequest',
    status: true,
    columns: [textColumn('Template', '.status.templateRef.name'), age, condition('Ready'), condition('Progressing')],
    webhooks: {},
  },
} as const satisfies Record<string, ResourceData>
