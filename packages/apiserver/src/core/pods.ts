/** Pods: stored and shown here; whoever runs them brings `log`, `exec` and the rest. */

import type { SchemaSet } from '@berth/meta'
import type { ResourceDefinition, Subresource } from '../resource/definition.ts'
import { builtIn, type CoreObject } from './built-in.ts'
import { ensureObject, objectAt, objectsAt, textAt } from './fields.ts'
import { podColumns } from './pod-columns.ts'
import { defaultPod } from './pod-defaults.ts'
import { podCauses } from './pod-validation.ts'

const finished = new Set(['Succeeded', 'Failed'])

/** A pod that never ran or has ended needs no time to stop, whatever is asked for (core `podStrategy.CheckGracefulDelete`). */
function graceSeconds(pod: CoreObject, asked: number | undefined): number {
  const spec = objectAt(pod, 'spec')
  if (textAt(spec, 'nodeName') === '' || finished.has(textAt(objectAt(pod, 'status'), 'phase'))) return 0
  const seconds = asked ?? spec?.['terminationGracePeriodSeconds']
  return typeof seconds === 'number' ? seconds : 30
}

export function pods(schemas: SchemaSet, subresources: Record<string, Subresource>): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'Pod',
    resource: 'pods',
    shortNames: ['po'],
    categories: ['all'],
    namespaced: true,
    status: true,
    answersDeleted: true,
    columns: podColumns,
    selectableFields: {
      'spec.nodeName': '.spec.nodeName',
      'spec.restartPolicy': '.spec.restartPolicy',
      'spec.schedulerName': '.spec.schedulerName',
      'spec.serviceAccountName': '.spec.serviceAccountName',
      'spec.hostNetwork': (pod) => String(objectAt(pod, 'spec')?.['hostNetwork'] === true),
      'status.phase': '.status.phase',
      'status.podIP': (pod) => {
        const status = objectAt(pod, 'status')
        return textAt(objectsAt(status, 'podIPs')[0], 'ip') || textAt(status, 'podIP')
      },
      'status.nominatedNodeName': '.status.nominatedNodeName',
    },
    rules: {
      default: (pod, previous) => defaultPod(pod, previous === undefined),
      completeStatus(pod, previous) {
        // Follows from the spec, so no status can say otherwise.
        const qosClass = textAt(objectAt(previous, 'status'), 'qosClass')
        if (qosClass !== '') ensureObject(pod, 'status')['qosClass'] = qosClass
      },
      validate: podCauses,
      deletion: { graceSeconds },
    },
    subresources,
  })
}
