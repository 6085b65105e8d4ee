import { resource, type KubeObject } from '@berth/meta'

export const persistentVolumeClaimKind = resource<KubeObject>({
  apiVersion: 'v1',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
})

export const networkKind = resource<KubeObject>({
  apiVersion: 'k8s.cni.cncf.io/v1',
  resource: 'network-attachment-definitions',
  kind: 'NetworkAttachmentDefinition',
  namespaced: true,
})
