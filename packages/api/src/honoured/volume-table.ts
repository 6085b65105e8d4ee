/** What the embedded engine honours of a machine's volumes, of claims and of DataVolumes. */

import { below, no, only, when, yes, type HostAbilities, type Rule, type RuleTable } from './rule.ts'

const noModes = 'every file of such a disk is there for everybody in the guest'

const cloudInit = {
  userData: yes,
  userDataBase64: yes,
  'secretRef.name': yes,
  networkData: yes,
  networkDataBase64: yes,
  'networkDataSecretRef.name': yes,
}

export const volumeTable: RuleTable = {
  'volumes[].name': yes,
  ...below('volumes[].cloudInitNoCloud', cloudInit),
  ...below('volumes[].cloudInitConfigDrive', cloudInit),
  ...below('volumes[].configMap', { name: yes, optional: yes, volumeLabel: yes }),
  ...below('volumes[].dataVolume', { name: yes, hotpluggable: yes }),
  ...below('volumes[].emptyDisk', { capacity: yes }),
  ...below('volumes[].hostDisk', { path: when(hostDiskRefusal), type: yes, capacity: yes, shared: yes }),
  ...below('volumes[].persistentVolumeClaim', { claimName: yes, readOnly: yes, hotpluggable: yes }),
  ...below('volumes[].secret', { secretName: yes, optional: yes, volumeLabel: yes }),
  ...below('volumes[].containerDisk', { image: yes, imagePullPolicy: yes, imagePullSecret: yes, path: yes }),
  'volumes[].containerPath': no('the embedded engine has no pods whose folders could be shared'),
  'volumes[].downwardAPI.volumeLabel': yes,
  ...below('volumes[].downwardAPI.fields[]', { path: yes, fieldRef: yes, resourceFieldRef: yes, mode: no(noModes) }),
  'volumes[].downwardMetrics': yes,
  ...below('volumes[].ephemeral.persistentVolumeClaim', { claimName: yes, readOnly: yes }),
  ...below('volumes[].memoryDump', { claimName: yes, readOnly: yes, hotpluggable: yes }),
  'volumes[].serviceAccount.serviceAccountName': yes,
  ...below('volumes[].sysprep', { 'configMap.name': yes, 'secret.name': yes }),
}

/** A path is below a directory only as written: no `..`, no doubled slashes, nothing relative. */
function hostDiskRefusal(value: unknown, host: HostAbilities): string | undefined {
  const path = String(value)
  if (
    !path.startsWith('/') ||
    path
      .split('/')
      .slice(1)
      .some((part) => part === '' || part === '.' || part === '..')
  ) {
    return 'must be an absolute path without "." , ".." or empty parts'
  }
  if (host.hostDiskDirectories.length === 0) {
    return 'the operator of this host allows no hostDisk volumes; start the engine with a folder for them: berth up --host-disks FOLDER'
  }
  if (host.hostDiskDirectories.some((directory) => path.startsWith(`${directory}/`))) return undefined
  return `must be below a directory that the operator of this host allows: ${host.hostDiskDirectories.join(', ')}`
}

const otherNamespace = 'a claim is filled from its own namespace; use a DataVolume with source.pvc or source.snapshot'
const populators =
  'claims are filled from a PersistentVolumeClaim or a VolumeSnapshot; for everything else use a DataVolume, which does it by itself'

/** What a claim is cloned from. CDI's populators come with a DataVolume here. */
const cloneReference = {
  apiGroup: only(['', 'snapshot.storage.k8s.io'], populators),
  kind: only(['PersistentVolumeClaim', 'VolumeSnapshot'], populators),
  name: yes,
}

/**
 * Volumes are files of one host, so a single access mode is as good as another; at the same time, several machines write to volumes of
 * a raw class only. A machine sees a disk in both volume modes, and both are kept as the class says.
 */
export const claimTable: RuleTable = {
  'accessModes[]': yes,
  'resources.requests.storage': yes,
  'resources.requests.{}': no('a volume has a size and nothing else to ask for'),
  'resources.limits': no('a volume is as large as it is asked for'),
  storageClassName: yes,
  volumeMode: yes,
  volumeName: no('the embedded engine makes a new volume for every claim'),
  ...below('dataSource', cloneReference),
  ...below('dataSourceRef', { ...cloneReference, namespace: no(otherNamespace) }),
  selector: no('the embedded engine makes a new volume for every claim'),
}

const noVendorSource = (what: string): Rule =>
  no(`the embedded engine does not import from ${what}; export the disk there and import it with source http or upload`)

/** Google's own credentials are not an object store's. */
const openObjectsOnly =
  'objects of Google Cloud Storage are imported where everybody may read them; for others use source s3 with its interoperability keys'

/** CDI reads such a file in the importer's pod, where there is none. */
function registryUrlRefusal(value: unknown): string | undefined {
  return /^docker:\/\//i.test(String(value))
    ? undefined
    : 'an archive would be a file of this host: load it with `berth image load FILE --as NAME` and import docker://NAME with pullMethod node'
}

export const dataVolumeTable: RuleTable = {
  checkpoints: no('imports in several stages are not there yet'),
  priorityClassName: no('the embedded engine imports in turn'),
  serviceAccountName: no('the embedded engine imports as itself; give it a secretRef'),
  contentType: only(['kubevirt'], 'archives cannot be unpacked into a volume yet'),
  finalCheckpoint: only([false], 'imports in several stages are not there yet'),
  preallocation: only([false], 'volumes grow as the guest writes'),
  ...below('pvc', claimTable),
  'pvc.volumeAttributesClassName': no('volumes of the embedded engine have no attributes to choose'),
  ...below('storage', claimTable),
  'source.blank': yes,
  'source.gcs.url': yes,
  'source.gcs.secretRef': only([''], openObjectsOnly),
  'source.http.checksum': yes,
  'source.http.extraHeaders': yes,
  'source.http.secretExtraHeaders': yes,
  'source.http.url': yes,
  'source.http.certConfigMap': yes,
  'source.http.insecureSkipVerify': only([false], 'downloads always check certificates'),
  'source.http.secretRef': yes,
  'source.imageio': noVendorSource('oVirt'),
  'source.pvc.name': yes,
  'source.pvc.namespace': yes,
  'source.registry.url': when(registryUrlRefusal),
  'source.registry.imageStream': no('there are no image streams here; name the image with url'),
  ...below('source.registry', { pullMethod: yes, secretRef: yes, certConfigMap: yes, 'platform.architecture': yes }),
  ...below('source.s3', { url: yes, secretRef: yes, certConfigMap: yes }),
  ...below('source.snapshot', { name: yes, namespace: yes }),
  'source.upload': yes,
  'source.vddk': noVendorSource('vSphere'),
  'sourceRef.kind': only(['DataSource'], 'a disk is made from a DataSource'),
  'sourceRef.name': yes,
  'sourceRef.namespace': yes,
}
