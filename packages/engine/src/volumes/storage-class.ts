/** The storage class the engine brings: qcow2 files on this host. */

import type { StorageClass } from '@berth/kube'

export const localClass = 'berth-local'

export const localStorageClass: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {
    name: localClass,
    annotations: {
      'storageclass.kubernetes.io/is-default-class': 'true',
      'storageclass.kubevirt.io/is-default-virt-class': 'true',
    },
  },
  provisioner: 'local.berth.dev',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
  allowVolumeExpansion: true,
}
