/** What the embedded engine honours of a VirtualMachineInstance's spec, outside devices and volumes. */

import { computeTable } from './compute-table.ts'
import { deviceTable, ioThreadTable } from './device-table.ts'
import { firmwareTable } from './firmware-table.ts'
import { below, no, only, when, yes, type RuleTable } from './rule.ts'
import { volumeTable } from './volume-table.ts'

const guestOnly = 'probes of the embedded engine ask the guest itself; leave the host out'

const probeTable: RuleTable = {
  'exec.command': yes,
  guestAgentPing: yes,
  'httpGet.host': no(guestOnly),
  'httpGet.httpHeaders': yes,
  'httpGet.path': yes,
  'httpGet.port': yes,
  'httpGet.scheme': yes,
  'tcpSocket.host': no(guestOnly),
  'tcpSocket.port': yes,
  initialDelaySeconds: yes,
  timeoutSeconds: yes,
  periodSeconds: yes,
  successThreshold: yes,
  failureThreshold: yes,
}

const noClaims = 'the embedded engine does not allocate resources by claim'

export const instanceTable: RuleTable = {
  accessCredentials: yes,
  affinity: yes,
  architecture: when((value, host) =>
    value === host.architecture ? undefined : `this host runs ${host.architecture} machines only`,
  ),
  'dnsConfig.nameservers': no('guests ask the name servers of the host'),
  'dnsConfig.options': no('options of a resolver cannot be handed to a guest by DHCP'),
  'dnsConfig.searches': yes,
  dnsPolicy: only(
    ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default'],
    'guests ask the name servers of the host; use Default or ClusterFirst, and dnsConfig.searches for search domains',
  ),
  evictionStrategy: yes,
  hostname: yes,
  'networks[].name': yes,
  'networks[].pod.vmNetworkCIDR': when((value) =>
    /^\d+\.\d+\.\d+\.0\/24$/.test(String(value))
      ? undefined
      : 'the pod network of a machine is a /24, like 10.0.2.0/24',
  ),
  'networks[].pod.vmIPv6NetworkCIDR': no('the pod network of the embedded engine is IPv4 only'),
  'networks[].multus': no('the embedded engine has only the pod network yet'),
  'networks[].resourceClaim': no(noClaims),
  nodeSelector: yes,
  // The pod gets the class's priority, which quotas and clients see; no machine is ever stopped for another.
  priorityClassName: yes,
  schedulerName: only(['default-scheduler'], 'the embedded engine places machines itself; leave it out'),
  startStrategy: yes,
  subdomain: yes,
  terminationGracePeriodSeconds: yes,
  tolerations: yes,
  resourceClaims: no(noClaims),
  serviceAccountName: no('a machine runs as the engine; give its guest a token with a serviceAccount volume'),
  utilityVolumes: no('the embedded engine cannot attach volumes to a running machine yet'),
  topologySpreadConstraints: yes,
  ...below('livenessProbe', probeTable),
  ...below('readinessProbe', probeTable),
  ...below('domain', computeTable),
  ...below('domain', firmwareTable),
  ...below('domain', ioThreadTable),
  ...below('domain.devices', deviceTable),
  ...volumeTable,
}
