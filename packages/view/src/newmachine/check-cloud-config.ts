/** What is wrong with cloud-init user data, before a guest ignores it without a word. */

import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'

export interface CloudConfigFinding {
  severity: 'error' | 'warning'
  /** From 1. */
  line: number
  /** For programs and translations. */
  reason: 'header' | 'syntax' | 'notAMap' | 'unknownKey' | 'tooLarge' | 'duplicate'
  /** The key, or the parser's words. */
  detail: string
}

/** KubeVirt takes no more inline; larger user data belongs into a Secret. */
export const maxUserDataBytes = 2048

/** Other forms of user data, which are not looked into. Source: cloud-init's documentation of user data formats. */
const otherForms =
  /^(#!|#include|#upstart-job|#boothook|#cloud-boothook|#part-handler|## template:|content-type:|#cloud-config-archive|#cloud-config-jsonp)/i

/** Top-level keys of cloud-init's modules. Source: its module reference and its schema for cloud-config. */
const knownKeys: ReadonlySet<string> = new Set(
  `allow_public_ssh_keys ansible apk_repos apt apt_pipelining apt_reboot_if_required apt_update apt_upgrade
  authkey_hash autoinstall bootcmd byobu_by_default ca-certs ca_certs chef chpasswd cloud_config_modules
  cloud_final_modules cloud_init_modules create_hostname_file datasource datasource_list debug device_aliases
  disable_ec2_metadata disable_root disable_root_opts disk_setup drivers fan final_message fqdn fs_setup groups
  growpart grub-dpkg grub_dpkg hostname http_proxy instance-data keyboard landscape launch-index locale
  locale_configfile lxd manage_etc_hosts manage_resolv_conf manual_cache_clean mcollective merge_how merge_type
  migrate mount_default_fields mounts network network-interfaces no_ssh_fingerprints ntp output
  package_reboot_if_required package_update package_upgrade packages password phone_home power_state
  prefer_fqdn_over_hostname preserve_hostname puppet random_seed reporting resize_rootfs resolv_conf rh_subscription
  rpi rsyslog runcmd salt_minion snap spacewalk ssh ssh_authorized_keys ssh_deletekeys ssh_fp_console_blacklist
  ssh_genkeytypes ssh_import_id ssh_key_console_blacklist ssh_keys ssh_publish_hostkeys ssh_pwauth ssh_quiet_keygen
  swap system_info timezone ubuntu_advantage ubuntu_pro unverified_modules updates user users vendor_data
  wireguard write_files yum_repo_dir yum_repos zypper`.split(/\s+/),
)

export function checkCloudConfig(text: string): CloudConfigFinding[] {
  const findings: CloudConfigFinding[] = []
  const bytes = sizeOf(text)
  if (bytes > maxUserDataBytes) {
    findings.push({ severity: 'error', line: 1, reason: 'tooLarge', detail: `${bytes} > ${maxUserDataBytes}` })
  }
  if (text.trim() === '' || otherForms.test(text)) return findings
  if (!text.startsWith('#cloud-config')) {
    return [...findings, { severity: 'error', line: 1, reason: 'header', detail: '#cloud-config' }]
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  for (const error of document.errors) {
    const { line } = lines.linePos(error.pos[0])
    const reason = error.code === 'DUPLICATE_KEY' ? 'duplicate' : 'syntax'
    findings.push({ severity: 'error', line, reason, detail: error.message })
  }
  if (document.errors.length > 0) return findings
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) return findings
  if (!isMap(contents)) return [...findings, { severity: 'error', line: 1, reason: 'notAMap', detail: '' }]
  for (const { key } of contents.items) {
    const name = isScalar(key) ? String(key.value) : ''
    if (knownKeys.has(name)) continue
    const at = isScalar(key) ? (key.range?.[0] ?? 0) : 0
    findings.push({ severity: 'warning', line: lines.linePos(at).line, reason: 'unknownKey', detail: name })
  }
  return findings
}

/** In UTF-8. */
function sizeOf(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4
  }
  return bytes
}
