/** Versions that the API reports. */

export const productVersion = '0.1.0'
/** Kubernetes API level. */
export const kubernetesVersion = 'v1.33.0+berth'
/** KubeVirt release whose API and behaviour is followed. */
export const kubevirtVersion = 'v1.9.0'
