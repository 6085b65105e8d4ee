/** What the embedded engine honours of a VirtualMachineInstance's spec, outside devices and volumes. */

import { computeTable } from './compute-table.ts'
import { deviceTable } from './device-table.ts'
import { firmwareTable } from './firmware-table.ts'
import { below, no, only, when, yes, type RuleTable } from './rule.ts'
import { volumeTable } from './volume-table.ts'

const oneNode = 'the embedded engine does not place machines by this rule yet; nodeSelector is honoured'

export const instanceTable: RuleTable = {
  accessCredentials: no(
    'the embedded engine does not inject keys or passwords yet; put them into cloud-init user data',
  ),
  affinity: no(oneNode),
  architecture: when((value, host) =>
    value === host.architecture ? undefined : `this host runs ${host.architecture} machines only`,
  ),
  dnsConfig: no('guests get the name servers of the host'),
  dnsPolicy: no('guests get the name servers of the host'),
  evictionStrategy: only(
    ['None', 'LiveMigrateIfPossible'],
    'the embedded engine has no live migration yet, so it cannot promise to migrate on eviction',
  ),
  hostname: yes,
  livenessProbe: no('the embedded engine does not run probes yet'),
  readinessProbe: no('the embedded engine does not run probes yet'),
  'networks[].name': yes,
  'networks[].pod.vmNetworkCIDR': when((value) =>
    /^\d+\.\d+\.\d+\.0\/24$/.test(String(value))
      ? undefined
      : 'the pod network of a machine is a /24, like 10.0.2.0/24',
  ),
  'networks[].pod.vmIPv6NetworkCIDR': no('the pod network of the embedded engine is IPv4 only'),
  'networks[].multus': no('the embedded engine has only the pod network yet'),
  nodeSelector: yes,
  priorityClassName: no('the embedded engine never stops one machine for another'),
  schedulerName: no(oneNode),
  startStrategy: yes,
  subdomain: no('the embedded engine has no cluster DNS'),
  terminationGracePeriodSeconds: yes,
  tolerations: no(oneNode),
  topologySpreadConstraints: no(oneNode),
  ...below('domain', computeTable),
  ...below('domain', firmwareTable),
  ...below('domain.devices', deviceTable),
  ...volumeTable,
}
