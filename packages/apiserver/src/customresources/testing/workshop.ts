/** A server on which custom kinds can be made: the harbour with CustomResourceDefinitions, their controller running. */

import { silentLogger } from '@berth/base'
import type { Json, JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import type { AdmissionPlugin } from '../../admission/plugin.ts'
import { coreSchemas } from '../../generated/core.ts'
import { systemClock } from '../../control-plane/system-clock.ts'
import { boats, openHarbour, type Harbour } from '../../server/testing/harbour.ts'
import type { Store } from '../../storage/store.ts'
import type { CustomResourceController } from '../controller.ts'
import { customResources } from '../customresources.ts'
import type { ResourceDefinition } from '../../resource/definition.ts'

export interface Workshop extends Harbour {
  controller: CustomResourceController
}

export const crdsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

const namespaces: ResourceDefinition = {
  group: '',
  versions: [{ name: 'v1' }],
  kind: 'Namespace',
  resource: 'namespaces',
  singular: 'namespace',
  namespaced: false,
  strategicMerge: true,
  schemaName: 'io.k8s.api.core.v1.Namespace',
  schema: { ref: 'io.k8s.api.core.v1.Namespace' },
}

export async function openWorkshop(
  options: { store?: Store; admission?: readonly AdmissionPlugin[] } = {},
): Promise<Workshop> {
  const store = options.store ?? createMemoryStore()
  const crds = customResources({
    store,
    schemas: coreSchemas,
    clock: systemClock,
    logger: silentLogger,
    random: () => 0,
  })
  const harbour = await openHarbour({
    store,
    schemas: coreSchemas,
    definitions: [namespaces, boats, ...crds.definitions],
    ...(options.admission === undefined ? {} : { admission: options.admission }),
  })
  const controller = crds.start(harbour.server)
  return {
    ...harbour,
    controller,
    async close() {
      await controller.stop()
      await harbour.close()
    },
  }
}

/** A definition of `widgets.shop.example`, cluster-scoped and with one version unless told otherwise. */
export function widgetCrd(spec: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.shop.example' },
    spec: {
      group: 'shop.example',
      scope: 'Cluster',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [version('v1', {})],
      ...spec,
    },
    ...more,
  }
}

/** One version; `properties` are those of its spec. */
export function version(name: string, properties: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    name,
    served: true,
    storage: name === 'v1',
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties }, status: { type: 'object' } },
      },
    },
    ...more,
  }
}

export function widget(name: string, spec: Json, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'shop.example/v1', kind: 'Widget', metadata: { name }, spec, ...more }
}

export const widgetsPath = '/apis/shop.example/v1/widgets'
